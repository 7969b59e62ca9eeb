import { buildSubgraphSchema } from '@apollo/subgraph'
import { buildSchema, type GraphQLSchema, isAbstractType, isInterfaceType } from 'graphql'
import { expect, test } from 'vitest'

import { typeDefs } from '../../src/graphql/type-defs.ts'

/**
 * Fields that two members of one union or interface have under one name with different types: a client that asks both for
 * them is refused (FieldsConflict), or must use aliases. What an interface itself declares may be narrowed by its members.
 */
const overlaps = (schema: GraphQLSchema): readonly string[] =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isAbstractType(type) || type.name.startsWith('_')) return []
    const declared = isInterfaceType(type) ? type.getFields() : {}
    const seen = new Map<string, { readonly member: string; readonly type: string }>()
    return schema.getPossibleTypes(type).flatMap((member) =>
      Object.values(member.getFields()).flatMap((field) => {
        const first = seen.get(field.name)
        if (first === undefined) seen.set(field.name, { member: member.name, type: String(field.type) })
        if (first === undefined || first.type === String(field.type) || field.name in declared) return []
        return [`${type.name}: ${first.member}.${field.name} and ${member.name}.${field.name}`]
      }),
    )
  })

test('members of one union or interface agree on the type of every field name they share', () => {
  expect(overlaps(buildSubgraphSchema([{ typeDefs }]))).toEqual([])
})

test('the check finds an overlap, and lets an interface be narrowed', () => {
  const schema = buildSchema(`
    interface I { a: Int }
    type A implements I { a: Int! b: Int }
    type B implements I { a: Int b: Int! }
    union U = A | B
    type Query { i: I u: U }
  `)
  expect(overlaps(schema)).toEqual(['I: A.b and B.b', 'U: A.a and B.a', 'U: A.b and B.b'])
})
