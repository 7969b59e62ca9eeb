import { writeFileSync } from 'node:fs'

import { type DirectiveNode, type DefinitionNode, Kind, parse, print, visit } from 'graphql'

import { typeDefs } from '../../src/graphql/type-defs.ts'

export const PRINTED_SCHEMA = new URL('../../docs/schema.graphql', import.meta.url)

const FOR_COMPOSITION = new Set(['key', 'shareable', 'inaccessible', 'tag'])

const SCOPES = parse(`
  """
  The credential needs one of these lists of scopes, and all scopes in that list. Without them the field fails with
  \`extensions.code: "NOT_ALLOWED"\`.
  """
  directive @requiresScopes(
    "Any of the outer list; of an inner list all."
    scopes: [[String!]!]!
  ) on FIELD_DEFINITION
`)

/** The graph as its clients see it: one definition per type, and nothing that only composition reads. Valid on its own. */
export const printContract = (): string => {
  const extensions = typeDefs.definitions.filter((node) => node.kind === Kind.OBJECT_TYPE_EXTENSION)
  const definitions = typeDefs.definitions.flatMap((node): DefinitionNode[] => {
    if (node.kind === Kind.SCHEMA_EXTENSION || node.kind === Kind.OBJECT_TYPE_EXTENSION) return []
    if (node.kind !== Kind.OBJECT_TYPE_DEFINITION) return [node]
    const parts = [node, ...extensions.filter((extension) => extension.name.value === node.name.value)]
    return [{ ...node, fields: parts.flatMap((part) => part.fields ?? []) }]
  })
  const contract = visit(
    { kind: Kind.DOCUMENT, definitions: [...SCOPES.definitions, ...definitions] },
    { Directive: (node: DirectiveNode) => (FOR_COMPOSITION.has(node.name.value) ? null : undefined) },
  )
  return `${print(contract)}\n`
}

if (import.meta.main) writeFileSync(PRINTED_SCHEMA, printContract())
