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
import { TransientMap } from '../../domain/transient-map.ts'
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
  /** By its text: no hash is made. */
  find(source: string): DocumentNode | undefined
  set(hash: string, document: DocumentNode): void
  /** From the cache, or parsed and validated now; else what is wrong with it. */
  prepare(source: string): { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] }
  /** Null where the schema has no such root type. */
  planOf(document: DocumentNode, operation: OperationDefinitionNode): OperationPlan | null
}

interface Entry {
  readonly hash: string
  readonly document: DocumentNode
  readonly tokens: number
  /** Since room was last made for another. */
  wasUsed: boolean
  isFresh: boolean
}

export const hashOf = (source: string): string => hash('sha256', source)

const countTokens = (document: DocumentNode): number => {
  let count = 0
  for (let token = document.loc?.startToken; token != null; token = token.next ?? undefined) count += 1
  return count
}

/**
 * What was not used since room was last made goes first. To find an entry moves nothing: a map whose entries are moved with each
 * request makes its table anew again and again.
 */
const createShelf = (capacity: number, tokenCapacity: number, onDropped: (entry: Entry) => void) => {
  const entries = new Map<string, Entry>()
  let tokens = 0
  const take = (entry: Entry): void => {
    if (entries.delete(entry.hash)) tokens -= entry.tokens
  }
  const add = (entry: Entry): void => {
    entries.set(entry.hash, entry)
    tokens += entry.tokens
  }
  return {
    get: (hash: string): Entry | undefined => entries.get(hash),
    take,
    put: (entry: Entry): void => {
      if (entry.tokens > tokenCapacity) return onDropped(entry)
      for (const oldest of entries.values()) {
        if (entries.size < capacity && tokens + entry.tokens <= tokenCapacity) break
        take(oldest)
        if (oldest.wasUsed) {
          oldest.wasUsed = false
          add(oldest)
        } else onDropped(oldest)
      }
      add(entry)
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
  const byText = new TransientMap<string, Entry>()
  const textOf = ({ document }: Entry): string | undefined => document.loc?.source.body
  const forget = (entry: Entry): void => void byText.delete(textOf(entry) ?? '')
  const used = createShelf(capacity, tokenCapacity, forget)
  const fresh = createShelf(Math.ceil(capacity / 4), Math.ceil(tokenCapacity / 4), forget)
  const plans = new WeakMap<OperationDefinitionNode, OperationPlan>()

  const use = (entry: Entry | undefined): DocumentNode | undefined => {
    if (entry === undefined) return undefined
    if (entry.isFresh) {
      fresh.take(entry)
      entry.isFresh = false
      used.put(entry)
    } else entry.wasUsed = true
    return entry.document
  }
  const get = (hash: string): DocumentNode | undefined => use(used.get(hash) ?? fresh.get(hash))
  const find = (source: string): DocumentNode | undefined => use(byText.get(source))
  const set = (hash: string, document: DocumentNode): void => {
    // Two who were the first at the same time: what both made is equal.
    if (get(hash) !== undefined) return
    const entry = { hash, document, tokens: countTokens(document), wasUsed: false, isFresh: true }
    const text = textOf(entry)
    if (text !== undefined) byText.set(text, entry)
    fresh.put(entry)
  }

  return {
    get,
    find,
    set,
    prepare: (source) => {
      const known = find(source)
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
      set(hashOf(source), document)
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
