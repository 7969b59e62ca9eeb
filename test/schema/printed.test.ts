import { readFileSync } from 'node:fs'

import { buildSchema, validateSchema } from 'graphql'
import { expect, test } from 'vitest'

import { PRINTED_SCHEMA, printContract } from './print-schema.ts'

test('docs/schema.graphql is the schema as it is; else run `node test/schema/print-schema.ts`', () => {
  expect(readFileSync(PRINTED_SCHEMA, 'utf8')).toBe(printContract())
})

test('the printed schema stands on its own: a client can build its types from it', () => {
  expect(validateSchema(buildSchema(printContract()))).toEqual([])
})
