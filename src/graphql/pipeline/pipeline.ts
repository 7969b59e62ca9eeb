import { AsyncLocalStorage } from 'node:async_hooks'
import type { IncomingHttpHeaders } from 'node:http'
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server'
import {
  type DocumentNode,
  type FormattedExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
} from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { type Admit, createAnswerer, describeOperation, headOfResult } from './answer.ts'
import { createApollo, toHeaderMap } from './apollo.ts'
import { createCacheHeaders } from './cache-headers.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { createValidatedDocuments } from './validated-documents.ts'
import { createErrorMask, type ErrorMask, type Fault, headOf } from './error-mask.ts'
import {
  createCostDescription,
  createLimitRule,
  createRequestCheck,
  DEFAULT_LIMITS,
  type OperationLimits,
} from './limits.ts'
import { createDocumentLocator, type PersistedOptions, requireRunnable } from './persisted-operations.ts'
import { createRecognizer, type KnownOperation } from './known-operation.ts'
import type { OperationReport, RequestContext, RequestOrigin, Transport } from './request.ts'
import { findConditionalRootIn } from './subscription-root.ts'
import { createSubscriber, type Subscriber } from './subscribe.ts'

export interface PipelineOptions<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly limits?: Partial<OperationLimits>
  /** Operations that may be asked for by an id. Default none. */
  readonly persisted?: PersistedOptions
  /** Allows introspection and "Did you mean ...?". */
  readonly development: boolean
  /** After it, a query or mutation is answered with DEADLINE_EXCEEDED, whatever its resolvers do. */
  readonly operationTimeoutMs: number
  /** Asked before each query and subscription; rejects where it is refused. Null: allowed. Default: all are. */
  readonly admit?: Admit<Context>
  readonly onFault: (fault: Fault) => void
  readonly onOperation?: (report: OperationReport) => void
  /**
   * Says whose subscriptions may share results: those with equal keys have equal rights. Events are then executed and
   * serialized once for all of them, where they are the same object: what resolves the root field must not look at its
   * arguments, which are for what subscribes. Null, or none: each for itself.
   */
  readonly rightsKey?: (context: Context) => string | null
  /** Where a subscription to that root field can be resumed after that event; null where it cannot. None: nowhere. */
  readonly positionOf?: (field: string, event: unknown) => string | null
  /** Called after each execution of an event: the next must not see what was read for this one. Default: nothing was. */
  readonly forgetReads?: (context: Context) => void
}

export interface HttpOperation {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The query string with its question mark, or empty. */
  readonly search: string
  /** The parsed body; undefined where there is none. */
  readonly body: unknown
  readonly requestId: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An operation that came over a socket, or asks for an event stream. */
export interface SentOperation {
  /** Empty where the document is named by `documentId` or in `extensions`. */
  readonly query: string
  readonly documentId?: unknown
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
  readonly extensions: Readonly<Record<string, unknown>>
}

export interface PreparedOperation {
  /** With its document, however it was named. */
  readonly operation: SentOperation
  readonly document: DocumentNode
  readonly type: 'query' | 'mutation' | 'subscription'
}

export interface ExecuteRun<Context extends RequestContext> {
  readonly context: Context
  readonly deadline: Deadline
  readonly transport: Transport
}

export interface Pipeline<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly mask: ErrorMask
  start(): Promise<void>
  stop(): Promise<void>
  /** Never rejects. */
  http(request: HttpOperation, contextFor: (deadline: Deadline) => Promise<Context>): Promise<HttpAnswer>
  /** Parses and validates, with the limits and the cache of HTTP. */
  prepare(operation: SentOperation): PreparedOperation | { readonly errors: readonly GraphQLError[] }
  /** For one query or mutation that does not come by `http`. */
  newDeadline(): Deadline
  /** Never rejects. For a query or mutation that `prepare` has passed. */
  execute(operation: SentOperation, run: ExecuteRun<Context>): Promise<FormattedExecutionResult>
  readonly subscribe: Subscriber<Context>
}

/** A context that could not be made, with the HTTP head that its error asks for. */
const refusedContext = (error: unknown): GraphQLError => {
  const { status, headers } = headOfRefusal(error)
  return new GraphQLError('The request was refused.', {
    originalError: error instanceof Error ? error : new Error(String(error)),
    extensions: { http: { status, headers: new HeaderMap(headers) } },
  })
}

const headOfRefusal = (error: unknown): { readonly status: number; readonly headers: ReadonlyMap<string, string> } => {
  const extensions = error instanceof GatewayError ? { code: error.code, retryAt: error.retryAt?.toISOString() } : {}
  const { status, headers } = headOf([{ message: '', extensions }], new Date())
  return { status: status ?? 500, headers }
}

const JSON_TYPE = 'application/json; charset=utf-8'

const toAnswer = (
  result: FormattedExecutionResult,
  status: number,
  contentType: string,
  headers: ReadonlyMap<string, string> | null,
): HttpAnswer => ({
  status,
  headers: { 'content-type': contentType, ...(headers !== null && Object.fromEntries(headers)) },
  body: JSON.stringify(result),
})

const sourceOf = ({ method, search, body }: HttpOperation): string => {
  const query: unknown =
    method === 'GET'
      ? new URLSearchParams(search).get('query')
      : typeof body === 'object' && body !== null && 'query' in body
        ? body.query
        : null
  return typeof query === 'string' ? query : ''
}

export const createPipeline = <Context extends RequestContext>(
  options: PipelineOptions<Context>,
): Pipeline<Context> => {
  const { schema, development, operationTimeoutMs, onFault } = options
  const limits: OperationLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const onOperation = options.onOperation ?? (() => {})
  const origins = new AsyncLocalStorage<RequestOrigin>()
  const mask = createErrorMask({ suggestions: development, onFault })
  const checkRequest = createRequestCheck(limits)
  const rules = [createLimitRule(limits)]
  const admit = options.admit ?? (() => null)
  const answerPlan = createAnswerer({ mask, admit, describeCost: createCostDescription(limits) })
  const documents = createValidatedDocuments(schema, limits, development)
  const cacheHeaders = createCacheHeaders(schema)
  const apollo = createApollo<Context>({
    schema,
    documents,
    rules,
    maxTokens: limits.maxTokens,
    development,
    mask,
    currentOrigin: () => origins.getStore() ?? { requestId: '', transport: 'HTTP' },
    checkRequest,
    answerPlan,
    cacheHeaders,
    onOperation,
  })
  const locator = createDocumentLocator(options.persisted)
  if (options.persisted !== undefined) {
    requireRunnable(options.persisted, (body) => {
      const prepared = documents.prepare(body)
      return 'errors' in prepared ? prepared.errors : []
    })
  }
  const recognize = createRecognizer({ documents, checkRequest })
  const failure = (error: unknown, requestId: string): { readonly errors: readonly [GraphQLFormattedError] } => ({
    errors: [mask(error, requestId)],
  })

  /** The whole of Apollo's pipeline. */
  const askApollo = async (request: HttpOperation, contextFor: () => Promise<Context>): Promise<HttpAnswer> => {
    const context = async (): Promise<Context> => {
      try {
        return await contextFor()
      } catch (error) {
        throw refusedContext(error)
      }
    }
    const { method, search, body } = request
    const httpGraphQLRequest: HTTPGraphQLRequest = { method, headers: toHeaderMap(request.headers), search, body }
    const answer = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest, context })
    if (answer.body.kind === 'chunked') throw new Error('No operation of this schema is delivered in parts.')
    return { status: answer.status ?? 200, headers: Object.fromEntries(answer.headers), body: answer.body.string }
  }

  /** The same answer, for what has gone through that pipeline before: a test holds both equal. */
  const askPlan = async (
    { plan, variables, contentType, showsCost }: KnownOperation,
    requestId: string,
    contextFor: () => Promise<Context>,
  ): Promise<HttpAnswer> => {
    const startedAt = performance.now()
    let context: Context
    try {
      context = await contextFor()
    } catch (error) {
      const { status, headers } = headOfRefusal(error)
      return toAnswer(failure(error, requestId), status, contentType, headers)
    }
    const result = await answerPlan(plan, variables, context, showsCost)
    const head = headOfResult(result)
    const durationMs = performance.now() - startedAt
    onOperation(describeOperation(plan.operation, result, { requestId, transport: 'HTTP', durationMs }))
    const headers = head?.headers ?? cacheHeaders(plan, variables, result, context)
    return toAnswer(result, head?.status ?? 200, contentType, headers)
  }

  return {
    schema,
    mask,
    start: () => apollo.start(),
    stop: () => apollo.stop(),
    http: async (sent, contextFor) => {
      using deadline = createDeadline(operationTimeoutMs)
      try {
        const request = locator.http(sent)
        const unfit = findConditionalRootIn(sourceOf(request), limits.maxTokens)
        if (unfit !== null) throw unfit
        const known = recognize(request)
        const answer =
          known === null
            ? origins.run({ requestId: request.requestId, transport: 'HTTP' }, () =>
                askApollo(request, () => contextFor(deadline)),
              )
            : askPlan(known, request.requestId, () => contextFor(deadline))
        return await deadline.bound(answer)
      } catch (error) {
        const result = failure(error, sent.requestId)
        const { status, headers } = headOf(result.errors, new Date())
        return toAnswer(result, status ?? (error instanceof GraphQLError ? 400 : 500), JSON_TYPE, headers)
      }
    },
    prepare: (sent) => {
      try {
        const operation = locator.locate(sent)
        const { query, operationName } = operation
        const prepared = documents.prepare(query)
        if ('errors' in prepared) return prepared
        const named = getOperationAST(prepared.document, operationName)
        if (named) return { operation, document: prepared.document, type: named.operation }
        const message =
          operationName === null
            ? 'The document has several operations: name one.'
            : `Unknown operation "${operationName}".`
        throw new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } })
      } catch (error) {
        if (error instanceof GraphQLError) return { errors: [error] }
        throw error
      }
    },
    newDeadline: () => createDeadline(operationTimeoutMs),
    execute: async (
      { query, operationName, variables, extensions },
      { context: contextValue, deadline, transport },
    ) => {
      const { requestId } = contextValue
      const request = { query, variables, extensions, ...(operationName === null ? {} : { operationName }) }
      try {
        const run = () => deadline.bound(apollo.executeOperation(request, { contextValue }))
        const { body } = await origins.run({ requestId, transport }, run)
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
      admit,
      checkRequest,
      onOperation,
      rightsKey: options.rightsKey ?? (() => null),
      positionOf: options.positionOf ?? (() => null),
      forgetReads: options.forgetReads ?? (() => {}),
    }),
  }
}
