import { buildSubgraphSchema } from '@apollo/subgraph'
import { getNamedType, isInputObjectType, isObjectType, isUnionType } from 'graphql'
import { expect, test } from 'vitest'

import { typeDefs } from '../../src/graphql/type-defs.ts'

const schema = buildSubgraphSchema([{ typeDefs }])
const mutations = Object.values(schema.getMutationType()?.getFields() ?? {})

test.each(mutations.map((field) => [field.name, field] as const))(
  '%s can say what every mutation may have to',
  (_, field) => {
    const [input, ...others] = field.args
    expect([input?.name, others]).toEqual(['input', []])
    expect(isInputObjectType(getNamedType(input?.type))).toBe(true)

    const payload = getNamedType(field.type)
    if (!isObjectType(payload)) throw new Error(`${field.name} answers with ${String(payload)}`)
    const errors = getNamedType(payload.getFields()['userErrors']?.type)
    if (!isUnionType(errors)) throw new Error(`${payload.name}.userErrors is ${String(errors)}`)
    const members = errors.getTypes().map((type) => type.name)
    // A malformed idempotencyKey, and a rate limit or a key in use.
    expect(members).toEqual(expect.arrayContaining(['InvalidInputError', 'RequestError']))
    for (const type of errors.getTypes()) expect(type.getInterfaces().map((each) => each.name)).toEqual(['UserError'])
  },
)
