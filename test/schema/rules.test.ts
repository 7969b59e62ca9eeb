import { buildSchema } from 'graphql'
import { expect, test } from 'vitest'
import { guardFields } from '../../src/graphql/authorization.ts'

const withField = (field: string): string => `
  directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
  type Query { consent: String @requiresScopes(scopes: [["consents:read"]]) viewer: String ${field} }
`

test('a root field that says nothing of scopes keeps the gateway from starting', () => {
  expect(() => guardFields(buildSchema(withField('everything: String')))).toThrow(
    'Query.everything says nothing of scopes: give it @requiresScopes.',
  )
  guardFields(buildSchema(withField('')))
  guardFields(buildSchema(withField('more: String @requiresScopes(scopes: [["users:read"]])')))
})
