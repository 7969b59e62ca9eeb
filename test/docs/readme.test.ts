import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Config, CONFIGURATION, loadConfig } from '../../src/config.ts'
import { describeProviders } from '../../src/providers/registry.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Block, blocksOf, codeSpansOf } from './markdown.ts'
import { createReadmeRunner, type ReadmeRunner } from './readme-runner.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const README = read('README.md')
const BLOCKS = blocksOf(README)
const LANGUAGES = ['bash', 'graphql', 'js', 'json', 'text']

/** For what is not any text. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  OBP_BASE_URL: 'https://obp.example',
  ENABLE_BANKING_PRIVATE_KEY: generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey,
}

const variableNames = new Set(CONFIGURATION.flatMap(({ variables }) => Object.keys(variables)))

let gateway: GatewayProcess
let runner: ReadmeRunner

beforeAll(async () => {
  gateway = await startGateway()
  runner = createReadmeRunner(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

test('every block is of a language that is run or compared', () => {
  expect(BLOCKS.map(({ language }) => language)).toEqual(expect.arrayContaining(LANGUAGES))
  expect(BLOCKS.filter(({ language }) => !LANGUAGES.includes(language))).toEqual([])
})

describe('the blocks, in their order', () => {
  let before: unknown = null
  let askAgain = (): Promise<unknown> => Promise.resolve(before)

  const runs: Readonly<Record<string, (block: Block) => Promise<void> | void>> = {
    graphql: async ({ text }) => {
      before = await runner.graphql(text)
      askAgain = () => (text.startsWith('query') ? runner.graphql(text) : Promise.resolve(before))
    },
    json: async ({ text }) => {
      await expect.poll(() => askAgain(), { timeout: 15_000 }).toMatchObject(JSON.parse(text) as object)
    },
    js: async ({ text }) => {
      before = await runner.js(text)
      expect(before).not.toBe('')
    },
    text: async ({ text, info }) => {
      if (info === 'subscription') {
        const expected = text.split('\n')
        const items = await runner.subscription<{ readonly to: string }>(expected.length)
        expect(items.map(({ to }) => to)).toEqual(expected)
      } else expect(before).toBe(`${text}\n`)
    },
  }

  test.each(
    BLOCKS.filter(({ language }) => language !== 'bash').map((block) => [block.line, block.language, block] as const),
  )('line %i, %s', async (_line, language, block) => {
    await runs[language]?.(block)
  })
})

describe('the commands', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Readonly<Record<string, string>> }
  const ci = read('.ci/run')
  const files = new Set(
    BLOCKS.flatMap(({ language, text }) => (language === 'js' ? (/^\/\/ (\S+\.mjs)\n/.exec(text)?.[1] ?? []) : [])),
  )

  /** Each as the shell would start it, with the variables that are set for it. */
  const commands = BLOCKS.filter(({ language }) => language === 'bash').flatMap(({ text, line }) =>
    text
      .replaceAll('\\\n', ' ')
      .split(/&&|\n/)
      .map((command) => {
        const [, assignments = '', rest = ''] = /^((?:\w+=\S+\s+)*)(.*)$/.exec(command.trim()) ?? []
        const env = Object.fromEntries(
          assignments
            .split(/\s+/)
            .filter(Boolean)
            .map((assignment) => assignment.split('=', 2) as [string, string]),
        )
        return { line, env, command: rest.replace(/ > \S+$/, '') }
      }),
  )

  /** Where a command is run, other than by the blocks above. */
  const RUN_BY: Readonly<Record<string, { readonly file: string; readonly pattern: RegExp }>> = {
    'npm ci': { file: '.ci/run', pattern: /^step 'npm ci' \d+ npm ci$/m },
    'npm start': { file: 'test/ci/start-check.ts', pattern: /spawn\('npm', \['start'\]/ },
    'npm test': { file: '.ci/run', pattern: /^tests test \d+$/m },
    'npm run demo': { file: 'test/demo/demo.test.ts', pattern: /spawn\('npm', \['run', '--silent', 'demo'/ },
    'npx node examples/subscribe/main.ts': {
      file: 'test/docs/subscribe-program.test.ts',
      pattern: /subscribe\/main\.ts/,
    },
    'npx consentgraph doctor': { file: 'test/cli/command-line.test.ts', pattern: /runCli\(\['doctor'\]/ },
    'npx consentgraph client create --name backend --return-to https://app.example/done': {
      file: 'test/e2e/clients.test.ts',
      pattern: /README\.md/,
    },
    'npx node examples/subscribe/main.ts --sse': {
      file: 'test/docs/subscribe-program.test.ts',
      pattern: /\['--sse'\]/,
    },
  }

  test.each(commands.map(({ line, command, env }) => [line, command, env] as const))(
    'line %i: %s',
    (_, command, env) => {
      const unknown = Object.keys(env).filter((name) => !variableNames.has(name))
      expect(unknown).toEqual([])
      const program = /^npx node (\S+\.mjs)$/.exec(command)?.[1]
      if (program !== undefined) {
        expect(files).toContain(program)
        return
      }
      const run = RUN_BY[command]
      expect(run, 'nothing runs this command').toBeDefined()
      expect(read(run?.file ?? '')).toMatch(run?.pattern ?? '')
      const script = /^npm (?:run )?(\w+)$/.exec(command)?.[1]
      if (script !== undefined && script !== 'ci') expect(scripts).toHaveProperty(script)
    },
  )

  test('what starts the gateway is what CI starts', () => {
    expect(ci).toContain('node test/ci/start-check.ts')
  })

  test('the variables for Open Bank Project make it the real one', () => {
    const given = commands.find(({ env }) => 'OBP_BASE_URL' in env)
    expect(given?.command).toBe('npm start')
    expect(loadConfig(given?.env).providers.openBankProject.mode).toBe('REAL')
  })
})

describe('what the README says of this version', () => {
  const sentence = (part: string): void => expect(README.replaceAll(/\s+/g, ' ')).toContain(part)

  test('every variable that is named exists', () => {
    const prefixes = new Set([...variableNames].map((name) => name.split('_')[0]))
    const named = codeSpansOf(README)
      .map((span) => span.split('=')[0] ?? '')
      .filter((span) => /^[A-Z]+(?:_[A-Z0-9]+)+$/.test(span) && prefixes.has(span.split('_')[0]))
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !variableNames.has(name))).toEqual([])
  })

  const known = describeProviders([])
  const rows = [...README.matchAll(/^\| (?!provider)([\w ]+?) \| .+ \| .+ \| (.+) \|$/gm)]

  test('the table has each provider once', () => {
    const names = rows.map(([, name = '']) => name)
    expect(names.toSorted()).toEqual(
      Object.values(known)
        .map(({ displayName }) => displayName)
        .toSorted(),
    )
  })

  test.each(rows.map(([, name = '', needed = '']) => [name, codeSpansOf(needed)] as const))(
    '%s is real with what it needs, and with nothing less',
    (name, needed) => {
      const values = Object.fromEntries(needed.map((variable) => [variable, CREDENTIALS[variable] ?? 'given']))
      const options = Object.values(known).find(({ displayName }) => displayName === name)?.optionsName ?? ''
      const modeIn = (env: Readonly<Record<string, string>>): string =>
        loadConfig(env).providers[options as keyof Config['providers']].mode
      expect(modeIn(values)).toBe('REAL')
      for (const left of needed) {
        const without = Object.fromEntries(Object.entries(values).filter(([variable]) => variable !== left))
        if (Object.keys(without).length === 0) expect(modeIn(without)).toBe('SANDBOX')
        else expect(() => modeIn(without)).toThrow(left)
      }
    },
  )

  test('the addresses for providers are there', async () => {
    const addresses = [...README.matchAll(/^\| `(\/\w+\/(\w+))` \|/gm)]
    expect(addresses.map(([, address = '']) => address)).toEqual([
      '/callback/enableBanking',
      '/callback/fiskil',
      '/webhooks/fiskil',
      '/webhooks/insurely',
    ])
    const names = Object.values(known).map(({ optionsName }) => optionsName)
    for (const [, address = '', name = ''] of addresses) {
      expect(names).toContain(name)
      const method = address.startsWith('/webhooks') ? 'POST' : 'GET'
      const response = await fetch(`${gateway.url}${address}`, { method })
      // Of a callback without a session there is a page; of the simulator of Insurely there are no webhooks.
      if (method === 'GET') expect(response.headers.get('content-type')).toMatch(/^text\/html/)
      else expect(response.status).toBe(name === 'fiskil' ? 401 : 404)
    }
  })

  test('the GraphiQL link and the sandbox page are served', async () => {
    const [, link = ''] = /GraphiQL\s+(\S+)/.exec(gateway.printed.out) ?? []
    expect(new URLSearchParams(new URL(link).hash.slice(1)).get('headers')).toContain(gateway.apiKey)
    const page = await fetch(link, { headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect((await fetch(`${gateway.url}/sandbox`)).status).toBe(200)
    expect(gateway.printed.out).toContain('Inbox')
  })

  test('the gateway refuses behind a router what @oneOf would have refused', async () => {
    const { errors } = await gateway.ask('query ($ref: UserRef!) { user(ref: $ref) { id } }', {
      ref: { id: 'usr_1', externalId: 'anna' },
    })
    expect(errors).not.toEqual([])
  })

  test('a webhook endpoint shows its secret once', async () => {
    sentence('shows its signing secret (`whsec_…`) once')
    const data = await gateway.graphql<{ createWebhookEndpoint: { secret: string; userErrors: readonly unknown[] } }>(
      `mutation { createWebhookEndpoint(input: { endpointUrl: "https://app.example/events" }) {
        secret userErrors { ... on UserError { code } }
      } }`,
    )
    expect(data.createWebhookEndpoint).toEqual({ secret: expect.stringMatching(/^whsec_/), userErrors: [] })
  })

  test('a database is taken', () => {
    sentence('With `DATABASE_URL` it is PostgreSQL')
    expect(loadConfig({ DATABASE_URL: 'postgres://localhost/consentgraph' }).store.database).not.toBeNull()
    expect(loadConfig({}).store.database).toBeNull()
  })

  test('production needs what the table says, and nothing less', () => {
    const section = /## Going to production\n([\s\S]*?)\n## /.exec(README)?.[1] ?? ''
    const named = codeSpansOf(section).filter((span) => /^[A-Z_]+$/.test(span))
    expect(named).toEqual(['PUBLIC_URL', 'CONSENTGRAPH_ENCRYPTION_KEYS', 'CONSENTGRAPH_DATA_DIR', 'DATABASE_URL'])
    const env: Readonly<Record<string, string>> = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://consent.example',
      CONSENTGRAPH_ENCRYPTION_KEYS: `a:${Buffer.alloc(32).toString('base64')}`,
      CONSENTGRAPH_DATA_DIR: '/var/lib/consentgraph',
      INSURELY_API_KEY: 'given',
    }
    const { CONSENTGRAPH_DATA_DIR: _, ...replica } = env
    for (const whole of [env, { ...replica, DATABASE_URL: 'postgres://localhost/consentgraph' }]) {
      expect(loadConfig(whole)).toMatchObject({ environment: 'production', developmentClient: null })
      for (const name of Object.keys(whole).filter((one) => one !== 'NODE_ENV')) {
        expect(() => loadConfig({ ...whole, [name]: '' })).toThrow()
      }
    }
  })
})
