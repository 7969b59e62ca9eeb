import { AsyncLocalStorage } from 'node:async_hooks'
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import {
  type DocumentNode,
  type FormattedExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
} from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { createApollo } from './apollo.ts'
import { createDeadline, type Deadline, within } from './deadline.ts'
import { createDocuments } from './documents.ts'
import { createErrorMask, type ErrorMask, type Fault, headOf } from './error-mask.ts'
import { createCostCheck, createLimitRule, DEFAULT_LIMITS, type OperationLimits } from './limits.ts'
import type { OperationReport, RequestContext } from './request.ts'
import { createSubscriber, type Subscriber } from './subscribe.ts'

export interface PipelineOptions<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly limits?: Partial<OperationLimits>
  /** Allows introspection and "Did you mean ...?". */
  readonly development: boolean
  /** After it, a query or mutation is answered with DEADLINE_EXCEEDED, whatever its resolvers do. */
  readonly operationTimeoutMs: number
  readonly onFault: (fault: Fault) => void
  readonly onOperation?: (report: OperationReport) => void
  /**
   * Says whose subscriptions may share results: those with equal keys have equal rights. Events are then executed and
   * serialized once for all of them, where they are the same object. Null, or none: each for itself.
   */
  readonly rightsKey?: (context: Context) => string | null
}

export interface HttpOperation {
  readonly method: string
  readonly headers: HeaderMap
  /** The query string with its question mark, or empty. */
  readonly search: string
  /** The parsed body; undefined where there is none. */
  readonly body: unknown
  readonly requestId: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** A query or mutation that came over a socket. */
export interface SocketOperation {
  readonly query: string
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
  readonly extensions: Readonly<Record<string, unknown>>
}

export interface PreparedDocument {
  readonly document: DocumentNode
  readonly type: 'query' | 'mutation' | 'subscription'
}

export interface Pipeline<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly mask: ErrorMask
  start(): Promise<void>
  stop(): Promise<void>
  /** Never rejects. */
  http(request: HttpOperation, contextFor: (deadline: Deadline) => Promise<Context>): Promise<HttpAnswer>
  /** Parses and validates, with the limits and the cache of HTTP. */
  prepare(query: string, operationName: string | null): PreparedDocument | { readonly errors: readonly GraphQLError[] }
  /** For one query or mutation over a socket. */
  newDeadline(): Deadline
  /** Never rejects. For what `prepare` has passed. */
  execute(operation: SocketOperation, context: Context, deadline: Deadline): Promise<FormattedExecutionResult>
  readonly subscribe: Subscriber<Context>
}

/** A context that could not be made, with the HTTP head that its error asks for. */
const refusedContext = (error: unknown): GraphQLError => {
  const extensions = error instanceof GatewayError ? { code: error.code, retryAt: error.retryAt?.toISOString() } : {}
  const { status, headers } = headOf([{ message: '', extensions }], new Date())
  return new GraphQLError('The request was refused.', {
    originalError: error instanceof Error ? error : new Error(String(error)),
    extensions: { http: { status: status ?? 500, headers: new HeaderMap(headers) } },
  })
}

export const createPipeline = <Context extends RequestContext>(
  options: PipelineOptions<Context>,
): Pipeline<Context> => {
  const { schema, development, operationTimeoutMs, onFault } = options
  const limits: OperationLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const onOperation = options.onOperation ?? (() => {})
  const requestIds = new AsyncLocalStorage<string>()
  const mask = createErrorMask({ suggestions: development, onFault })
  const checkCost = createCostCheck(limits)
  const rules = [createLimitRule(limits)]
  const documents = createDocuments({
    schema,
    maxTokens: limits.maxTokens,
    rules: development ? rules : [...rules, NoSchemaIntrospectionCustomRule],
  })
  const apollo = createApollo<Context>({
    schema,
    documents,
    rules,
    maxTokens: limits.maxTokens,
    development,
    mask,
    currentRequestId: () => requestIds.getStore() ?? '',
    checkCost,
    onOperation,
  })
  const failure = (error: unknown, requestId: string): { readonly errors: readonly [GraphQLFormattedError] } => ({
    errors: [mask(error, requestId)],
  })

  return {
    schema,
    mask,
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    http: async ({ requestId, ...request }, contextFor) => {
      using deadline = createDeadline(operationTimeoutMs)
      const httpGraphQLRequest: HTTPGraphQLRequest = request
      const context = async (): Promise<Context> => {
        try {
          return await contextFor(deadline)
        } catch (error) {
          throw refusedContext(error)
        }
      }
      try {
        const answer = await requestIds.run(requestId, () =>
          within(deadline.signal, apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context })),
        )
        if (answer.body.kind === 'chunked') throw new Error('No operation of this schema is delivered in parts.')
        return { status: answer.status ?? 200, headers: answer.headers, body: answer.body.string }
      } catch (error) {
        const result = failure(error, requestId)
        const { status, headers } = headOf(result.errors, new Date())
        const type: [string, string] = ['content-type', 'application/json; charset=utf-8']
        return { status: status ?? 500, headers: new Map([type, ...headers]), body: JSON.stringify(result) }
      }
    },
    prepare: (query, operationName) => {
      const prepared = documents.prepare(query)
      if ('errors' in prepared) return prepared
      const operation = getOperationAST(prepared.document, operationName)
      if (operation) return { document: prepared.document, type: operation.operation }
      const message =
        operationName === null
          ? 'The document has several operations: name one.'
          : `Unknown operation "${operationName}".`
      return { errors: [new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })] }
    },
    newDeadline: () => createDeadline(operationTimeoutMs),
    execute: async ({ query, operationName, variables, extensions }, contextValue, { signal }) => {
      const { requestId } = contextValue
      const request = { query, variables, extensions, ...(operationName === null ? {} : { operationName }) }
      try {
        const run = () => within(signal, apollo.executeOperation(request, { contextValue }))
        const { body } = await requestIds.run(requestId, run)
        if (body.kind === 'incremental') throw new Error('No operation of this schema is delivered in parts.')
        return body.singleResult
      } catch (error) {
        return failure(error, requestId)
      }
    },
    subscribe: createSubscriber<Context>({
      schema,
      documents,
      mask,
      checkCost,
      onOperation,
      rightsKey: options.rightsKey ?? (() => null),
    }),
  }
}
