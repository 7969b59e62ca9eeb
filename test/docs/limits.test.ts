import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Variables } from '../../src/environment.ts'
import { RATE_LIMIT_VARIABLES } from '../../src/limit-variables.ts'

const PAGE = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')

/** Variable and default of each row of a table that names one. */
const rowsOf = (markdown: string, prefix: string): Record<string, string> =>
  Object.fromEntries(
    [...markdown.matchAll(/^\|.*\| `(\w+)` \| (\d+)\b.*\|$/gm)].flatMap(([, name = '', value = '']) =>
      name.startsWith(prefix) ? [[name, value]] : [],
    ),
  )

const defaultsOf = (variables: Variables): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, variable.default ?? '']))

test('the table of rates is that of the configuration', () => {
  expect(rowsOf(PAGE, 'RATE_LIMIT_')).toEqual(defaultsOf(RATE_LIMIT_VARIABLES))
})
