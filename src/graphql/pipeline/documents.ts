import { hash } from 'node:crypto'
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
  type ValidationRule,
} from 'graphql'
import { findConditionalRoot } from './subscription-root.ts'
import { createPlan, type OperationPlan } from './plan.ts'

export interface DocumentsOptions {
  readonly schema: GraphQLSchema
  readonly maxTokens: number
  readonly rules: readonly ValidationRule[]
  /** Documents kept that were used at least twice. Those used once have a quarter of it beside. Default 1000. */
  readonly capacity?: number
  /** Tokens in all kept documents together; one costs about 0.4 kB. Default 100,000. */
  readonly tokenCapacity?: number
}

/**
 * Parsed and validated documents, and their plans, by hash. A document that is used once can only push out others that were
 * used once: a client that sends ever new documents does not empty the cache of those in use.
 */
export interface Documents {
  get(hash: string): DocumentNode | undefined
  set(hash: string, document: DocumentNode): void
  /** From the cache, or parsed and validated now; else what is wrong with it. */
  prepare(source: string): { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] }
  /** Null where the schema has no such root type. */
  planOf(document: DocumentNode, operation: OperationDefinitionNode): OperationPlan | null
}

interface Entry {
  readonly document: DocumentNode
  readonly tokens: number
}

export const hashOf = (source: string): string => hash('sha256', source)

const countTokens = (document: DocumentNode): number => {
  let count = 0
  for (let token = document.loc?.startToken; token != null; token = token.next ?? undefined) count += 1
  return count
}

/** Least recently used goes first. */
const createShelf = (capacity: number, tokenCapacity: number) => {
  const entries = new Map<string, Entry>()
  let tokens = 0
  const take = (hash: string): Entry | undefined => {
    const entry = entries.get(hash)
    if (entry !== undefined) {
      entries.delete(hash)
      tokens -= entry.tokens
    }
    return entry
  }
  return {
    take,
    put: (hash: string, entry: Entry): void => {
      take(hash)
      entries.set(hash, entry)
      tokens += entry.tokens
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity && tokens <= tokenCapacity) break
        take(oldest)
      }
    },
  }
}

const syntaxError = (error: unknown): GraphQLError => {
  if (!(error instanceof GraphQLError)) throw error
  const { message, source, positions } = error
  return new GraphQLError(message, {
    source: source ?? null,
    positions: positions ?? null,
    originalError: error,
    extensions: { code: 'GRAPHQL_PARSE_FAILED' },
  })
}

const validationError = (error: GraphQLError): GraphQLError =>
  error.extensions['code'] === undefined
    ? new GraphQLError(error.message, {
        nodes: error.nodes ?? null,
        originalError: error,
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      })
    : error

export const createDocuments = (options: DocumentsOptions): Documents => {
  const { schema, maxTokens, rules, capacity = 1000, tokenCapacity = 100_000 } = options
  const used = createShelf(capacity, tokenCapacity)
  const fresh = createShelf(Math.ceil(capacity / 4), Math.ceil(tokenCapacity / 4))
  const plans = new WeakMap<OperationDefinitionNode, OperationPlan>()

  const get = (hash: string): DocumentNode | undefined => {
    const entry = used.take(hash) ?? fresh.take(hash)
    if (entry !== undefined) used.put(hash, entry)
    return entry?.document
  }
  const set = (hash: string, document: DocumentNode): void =>
    fresh.put(hash, { document, tokens: countTokens(document) })

  return {
    get,
    set,
    prepare: (source) => {
      const hash = hashOf(source)
      const known = get(hash)
      if (known !== undefined) return { document: known }
      let document: DocumentNode
      try {
        document = parse(source, { maxLexicalTokens: maxTokens })
      } catch (error) {
        return { errors: [syntaxError(error)] }
      }
      const conditional = findConditionalRoot(document)
      if (conditional !== null) return { errors: [conditional] }
      const errors = validate(schema, document, [...specifiedRules, ...rules])
      if (errors.length > 0) return { errors: errors.map(validationError) }
      set(hash, document)
      return { document }
    },
    planOf: (document, operation) => {
      const known = plans.get(operation)
      if (known !== undefined) return known
      const plan = createPlan(schema, document, operation)
      if (plan !== null) plans.set(operation, plan)
      return plan
    },
  }
}
