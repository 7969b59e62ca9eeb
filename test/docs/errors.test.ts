import { readFileSync } from 'node:fs'
import { buildASTSchema, isEnumType, type GraphQLSchema } from 'graphql'
import { expect, test } from 'vitest'
import { ERRORS } from '../../src/domain/errors.ts'
import { PROTOCOL_ERRORS } from '../../src/graphql/pipeline/protocol-errors.ts'
import { typeDefs } from '../../src/graphql/type-defs.ts'
import { ERRORS_PAGE, renderErrorsPage } from './errors-page.ts'

const page = readFileSync(ERRORS_PAGE, 'utf8')

/** The codes of each table, as a reader finds them. */
const tables = page
  .split(/^## /m)
  .slice(1)
  .map((section) => [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code ?? ''))

const schema: GraphQLSchema = buildASTSchema(typeDefs, { assumeValidSDL: true })
const valuesOf = (name: string): readonly string[] => {
  const type = schema.getType(name)
  return isEnumType(type) ? type.getValues().map((value) => value.name) : []
}

test('the page is what `npm run docs:errors` writes', () => {
  expect(page).toBe(renderErrorsPage())
})

test('every code of the gateway is on the page once, and no other', () => {
  expect(tables.flat().toSorted()).toEqual([...Object.keys(ERRORS), ...Object.keys(PROTOCOL_ERRORS)].toSorted())
})

test('the tables are those of the schema and of the protocol', () => {
  const [actOn = [], problems = [], others = [], protocol = []] = tables
  expect(actOn.toSorted()).toEqual(valuesOf('UserErrorCode').toSorted())
  expect(problems.toSorted()).toEqual(valuesOf('ProblemCode').toSorted())
  expect(others.toSorted()).toEqual([
    'CURSOR_EXPIRED',
    'DEADLINE_EXCEEDED',
    'INTERNAL',
    'ISSUER_UNAVAILABLE',
    'STORE_UNAVAILABLE',
    'UNAUTHENTICATED',
  ])
  expect(protocol).toEqual(Object.keys(PROTOCOL_ERRORS))
})

test.each(valuesOf('UserErrorCode'))('%s is under the type that the schema says', (code) => {
  const type = schema.getType('UserErrorCode')
  const description = isEnumType(type) ? type.getValue(code)?.description : null
  const [, named] = /^`(\w+)`/.exec(description ?? '') ?? []
  expect(page).toMatch(new RegExp(`^\\| \`${code}\` \\| \`${named}\` \\|`, 'm'))
})
