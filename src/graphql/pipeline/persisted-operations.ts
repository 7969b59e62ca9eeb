import { GraphQLError } from 'graphql'
import { hashOf } from './documents.ts'

/** One operation of a manifest; `body` is a whole document. */
export interface PersistedOperation {
  readonly id: string
  readonly name: string
  readonly body: string
}

export interface PersistedOptions {
  readonly operations: readonly PersistedOperation[]
  /** True: nothing else is run. */
  readonly only: boolean
}

/** What a request says of the document it wants run. */
export interface DocumentReference {
  readonly query?: unknown
  /** Of the GraphQL over HTTP draft: the id itself, or `sha256:` and the hash of the document. */
  readonly documentId?: unknown
  /** Of Apollo's clients and urql's: `persistedQuery.sha256Hash` is an id of the manifest, or the hash of the document. */
  readonly extensions?: unknown
}

/** Throws GraphQLError where the document is not one that may be run. Null: the request is to be taken as it is. */
type FindDocument = (reference: DocumentReference) => string | null

type Fields = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const hashIn = (extensions: unknown): string | null => {
  const persisted = isRecord(extensions) ? extensions['persistedQuery'] : undefined
  const hash = isRecord(persisted) ? persisted['sha256Hash'] : undefined
  return typeof hash === 'string' ? hash : null
}

const withoutReference = (extensions: Fields): Fields => {
  const { persistedQuery: _, ...others } = extensions
  return others
}

const refuse = (message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code: 'PERSISTED_QUERY_NOT_IN_LIST', http: { status: 400 } } })

const createFindDocument = ({ operations, only }: PersistedOptions): FindDocument => {
  const documents = new Map<string, string>()
  for (const { id, body } of operations) documents.set(hashOf(body), body).set(id, body)
  return ({ query, documentId, extensions }) => {
    const named = typeof documentId === 'string' ? documentId.replace(/^sha256:/, '') : hashIn(extensions)
    const text = typeof query === 'string' && query !== '' ? query : null
    if (text === null && named !== null) {
      const body = documents.get(named)
      if (body !== undefined) return body
      // Apollo's own cache of hashes answers, unless nothing else is run.
      if (!only && typeof documentId !== 'string') return null
      throw refuse('No operation of this id is registered here.')
    }
    if (!only || text === null) return null
    // Found by what it is: a text beside the id of something else opens nothing.
    if (documents.get(hashOf(text)) === text) return text
    throw refuse('Only registered operations are run here: send the id of one.')
  }
}

const parse = (text: string | null): unknown => {
  try {
    return text === null ? undefined : (JSON.parse(text) as unknown)
  } catch {
    // Whoever reads it next says what is wrong with it.
    return undefined
  }
}

/** The same requests with the text of their document in them, and no reference to it. Throws GraphQLError. */
export interface DocumentLocator {
  locate<Operation extends DocumentReference>(operation: Operation): Operation
  http<Request extends HttpReference>(request: Request): Request
}

interface HttpReference {
  readonly method: string
  readonly search: string
  readonly body: unknown
}

export const createDocumentLocator = (options: PersistedOptions = { operations: [], only: false }): DocumentLocator => {
  const find = createFindDocument(options)

  const locate = <Operation extends DocumentReference>(operation: Operation): Operation => {
    const query = find(operation)
    if (query === null) return operation
    const { extensions } = operation
    return {
      ...operation,
      query,
      documentId: undefined,
      ...(isRecord(extensions) && { extensions: withoutReference(extensions) }),
    }
  }

  const inSearch = (search: string): string => {
    const parameters = new URLSearchParams(search)
    const extensions = parse(parameters.get('extensions'))
    const query = find({
      query: parameters.get('query'),
      documentId: parameters.get('documentId') ?? undefined,
      extensions,
    })
    if (query === null) return search
    parameters.set('query', query)
    parameters.delete('documentId')
    if (isRecord(extensions)) parameters.set('extensions', JSON.stringify(withoutReference(extensions)))
    return `?${parameters.toString()}`
  }

  return {
    locate,
    http: (request) => {
      if (request.method === 'GET') return { ...request, search: inSearch(request.search) }
      if (!isRecord(request.body)) return request
      const body = locate(request.body)
      return body === request.body ? request : { ...request, body }
    },
  }
}

/**
 * Operations that could not be run are a fault of the start, and not of the first person who needs them.
 *
 * @throws Error that names each of them
 */
export const requireRunnable = (
  { operations }: PersistedOptions,
  check: (body: string) => readonly GraphQLError[],
): void => {
  const faults = operations.flatMap(({ id, name, body }) =>
    check(body).map(({ message }) => `  ${name} (${id}): ${message}`),
  )
  if (faults.length > 0) throw new Error(`These persisted operations cannot be run:\n${faults.join('\n')}`)
}
