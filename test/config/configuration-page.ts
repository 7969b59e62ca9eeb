import { CONFIGURATION } from '../../src/config.ts'
import type { Variable } from '../../src/environment.ts'

export const CONFIGURATION_PAGE = new URL('../../docs/configuration.md', import.meta.url)

const INTRODUCTION = `# Configuration

Everything is set by environment variables. They are read once, at the start; the gateway does not start while one of
them is wrong, and names all that are.

- Each variable may also come from a file: \`NAME_FILE\` is the path to a file that holds the value of \`NAME\`. Setting both is a fault.
- An empty or blank variable counts as not set.
- A secret is never part of a fault, a log line or an answer. Prefer \`NAME_FILE\` for it.
- A provider with its credentials set is the real one. Without them it is its sandbox in development, and not configured in production.
  Some of the credentials without the others are a fault. A base URL may be that of a test double, on loopback too.
- In production (\`NODE_ENV=production\`) \`PUBLIC_URL\` and \`CONSENTGRAPH_ENCRYPTION_KEYS\` are needed; \`PUBLIC_URL\` and the providers must be
  reached by \`https\` (a provider on loopback excepted); and what the tables say is refused there is a fault.

This page is written from the tables that the gateway reads with: \`npm run docs:configuration\`.
`

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`)

const describeDefault = (variable: Variable<unknown>): string => {
  if (variable.default !== undefined) return `\`${variable.default}\``
  return variable.required === true ? 'needed' : (variable.otherwise ?? '')
}

const describeValue = ({ format, unit, secret }: Variable<unknown>): string =>
  [`${format.expects}${unit === undefined ? '' : ` (${unit})`}`, secret === true ? '**secret**' : '']
    .filter(Boolean)
    .join('; ')

const row = (name: string, variable: Variable<unknown>): string =>
  `| \`${name}\` | ${cell(variable.meaning)} | ${cell(describeValue(variable))} | ${cell(describeDefault(variable))} |`

export const renderConfigurationPage = (): string =>
  [
    INTRODUCTION,
    ...CONFIGURATION.map(({ title, variables }) =>
      [
        `## ${title}`,
        '',
        '| name | meaning | value | default |',
        '|---|---|---|---|',
        ...Object.entries(variables).map(([name, variable]) => row(name, variable)),
        '',
      ].join('\n'),
    ),
  ].join('\n')
