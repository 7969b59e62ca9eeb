import {
  GraphQLError,
  type GraphQLSchema,
  Kind,
  parse,
  print,
  separateOperations,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql'
import { hashOf } from './documents.ts'
import type { PersistedOperation } from './persisted-operations.ts'

/** The format of Apollo's `generate-persisted-query-manifest`, which other tools write too. */
export interface Manifest {
  readonly format: 'apollo-persisted-query-manifest'
  readonly version: 1
  readonly operations: readonly (PersistedOperation & { readonly type: 'query' | 'mutation' | 'subscription' })[]
}

export interface OperationSource {
  /** For faults: the file it comes from. */
  readonly name: string
  readonly text: string
}

type Entry = Manifest['operations'][number]

/** Each operation of a source with the fragments that it uses, from whichever source they are. */
const operationsIn = (sources: readonly OperationSource[], faults: string[]): readonly Entry[] => {
  const definitions = sources.flatMap(({ name, text }) => {
    try {
      return parse(text).definitions
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error
      faults.push(`${name}: ${error.message}`)
      return []
    }
  })
  const unnamed = definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION && node.name === undefined)
  if (unnamed.length > 0) faults.push('Every operation needs a name: its id is told apart by it.')
  const named = definitions.filter((node) => !unnamed.includes(node))
  const names = named.flatMap((node) => (node.kind === Kind.OPERATION_DEFINITION ? (node.name?.value ?? []) : []))
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  faults.push(...[...twice].map((name) => `${name}: two operations have this name.`))
  return Object.entries(separateOperations({ kind: Kind.DOCUMENT, definitions: named })).flatMap(([name, document]) => {
    const body = print(document)
    const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION)
    return operation === undefined ? [] : [{ id: hashOf(body), name, type: operation.operation, body }]
  })
}

/** Throws an Error that names every fault of the operations. */
export const buildManifest = (
  sources: readonly OperationSource[],
  schema: GraphQLSchema,
  rules: readonly ValidationRule[],
): Manifest => {
  const faults: string[] = []
  const operations = operationsIn(sources, faults)
  for (const { name, body } of operations) {
    const errors = validate(schema, parse(body), [...specifiedRules, ...rules])
    faults.push(...errors.map(({ message }) => `${name}: ${message}`))
  }
  if (faults.length > 0)
    throw new Error(`These operations make no manifest:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
  const sorted = operations.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { format: 'apollo-persisted-query-manifest', version: 1, operations: sorted }
}
