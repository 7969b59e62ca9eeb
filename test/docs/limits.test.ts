import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { Variables } from '../../src/environment.ts'
import { DEFAULT_LIMITS } from '../../src/graphql/pipeline/limits.ts'
import { PROTOCOL_ERRORS } from '../../src/graphql/pipeline/protocol-errors.ts'
import {
  CONNECTION_LIMIT_VARIABLES,
  OPERATION_LIMIT_VARIABLES,
  RATE_LIMIT_VARIABLES,
} from '../../src/limit-variables.ts'
import { LIMIT_VARIABLES, PROCESS_VARIABLES } from '../../src/variables.ts'

const PAGE = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')

const sectionOf = (title: string): string => {
  const [, section = ''] = PAGE.split(`\n## ${title}\n`)
  return section.split('\n## ')[0] ?? ''
}

/** Variable and default of each row of the section's table. */
const rowsOf = (title: string): Record<string, string> =>
  Object.fromEntries(
    [...sectionOf(title).matchAll(/^\|.*\| `(\w+)` \| (\d+)\b.*\|$/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  )

const defaultsOf = (variables: Variables): Record<string, string> =>
  Object.fromEntries(Object.entries(variables).map(([name, variable]) => [name, variable.default ?? '']))

test('the table of rates is that of the configuration', () => {
  expect(rowsOf('Rates')).toEqual(defaultsOf(RATE_LIMIT_VARIABLES))
})

test('the table of an operation is that of the configuration, and of the pipeline', () => {
  expect(rowsOf('An operation')).toEqual(defaultsOf(OPERATION_LIMIT_VARIABLES))
  expect(loadConfig({}).graphql).toEqual(DEFAULT_LIMITS)
})

test('the table of connections is that of the configuration', () => {
  const { BODY_LIMIT_BYTES } = PROCESS_VARIABLES
  const { OPERATION_TIMEOUT_MS } = LIMIT_VARIABLES
  expect(rowsOf('Connections')).toEqual(
    defaultsOf({ BODY_LIMIT_BYTES, OPERATION_TIMEOUT_MS, ...CONNECTION_LIMIT_VARIABLES }),
  )
})

test('every code is one of those that are answered', () => {
  const codes = [...sectionOf('An operation').matchAll(/\| `(\w+)` \|$/gm)].map(([, code = '']) => code)
  expect(codes).toHaveLength(Object.keys(OPERATION_LIMIT_VARIABLES).length)
  expect(codes.filter((code) => !Object.hasOwn(PROTOCOL_ERRORS, code))).toEqual([])
})
