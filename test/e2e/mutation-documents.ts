import { type GraphQLObjectType, isObjectType, getNamedType } from 'graphql'
import { createSchema } from '../../src/graphql/schema.ts'

export interface MutationDocument {
  readonly name: string
  /** Does its input take an idempotency key? */
  readonly isKeyed: boolean
  /** Selects the ids of what it answers with, and its user errors: what stays the same as its objects live on. */
  readonly text: string
}

const idsOf = (payload: GraphQLObjectType): readonly string[] =>
  Object.values(payload.getFields()).flatMap(({ name, type }) => {
    const named = getNamedType(type)
    return isObjectType(named) && named.getFields()['id'] !== undefined ? `${name} { id }` : []
  })

/** Every mutation of the schema, so that none is forgotten. */
export const mutationDocuments = (): readonly MutationDocument[] =>
  Object.values(createSchema().getMutationType()!.getFields()).map(({ name, type, args }) => {
    const [input] = args
    const inputType = getNamedType(input!.type)
    const payload = getNamedType(type) as GraphQLObjectType
    const selection = [...idsOf(payload), 'userErrors { __typename ... on UserError { code path } }'].join(' ')
    return {
      name,
      isKeyed: 'getFields' in inputType && 'idempotencyKey' in inputType.getFields(),
      text: `mutation ($input: ${String(input!.type)}) { answer: ${name}(input: $input) { ${selection} } }`,
    }
  })
