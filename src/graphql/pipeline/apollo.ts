import type { IncomingHttpHeaders } from 'node:http'
import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestContext,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { type DocumentNode, type FormattedExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql'
import type { ValidationRule } from 'graphql'
import { type AnswerPlan, asksForCost, COST_HEADER, describeOperation, headOfResult } from './answer.ts'
import type { CacheHeaders } from './cache-headers.ts'
import type { Documents } from './documents.ts'
import type { ErrorMask } from './error-mask.ts'
import type { CheckRequest } from './limits.ts'
import type { OperationReport, RequestContext, RequestOrigin } from './request.ts'

export interface ApolloOptions<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly rules: readonly ValidationRule[]
  readonly maxTokens: number
  readonly development: boolean
  readonly mask: ErrorMask
  /** Of the request that is being answered: Apollo's formatError is not told. */
  readonly currentOrigin: () => RequestOrigin
  readonly checkRequest: CheckRequest
  readonly answerPlan: AnswerPlan<Context>
  readonly cacheHeaders: CacheHeaders
  readonly onOperation: (report: OperationReport) => void
}

export const toHeaderMap = (headers: IncomingHttpHeaders): HeaderMap => {
  const map = new HeaderMap()
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, typeof value === 'string' ? value : value.join(', '))
  }
  return map
}

type Request<Context extends RequestContext> = GraphQLRequestContext<Context>

/** The hash ends Apollo's document keys. */
const HASH_LENGTH = 64

const resultOf = <Context extends RequestContext>({ response }: Request<Context>): FormattedExecutionResult =>
  response.body?.kind === 'single' ? response.body.singleResult : {}

const setHead = <Context extends RequestContext>(request: Request<Context>): void => {
  const head = headOfResult(resultOf(request))
  if (head === null) return
  const { http } = request.response
  if (head.status !== null) http.status = head.status
  for (const [name, value] of head.headers) http.headers.set(name, value)
}

const createPlugin = <Context extends RequestContext>(options: ApolloOptions<Context>): ApolloServerPlugin<Context> => {
  const { documents, checkRequest, answerPlan, cacheHeaders, onOperation, currentOrigin } = options

  const refuse = (request: Request<Context>): void => {
    const { operation, document } = request
    if (operation === undefined || document === undefined) return
    if (operation.operation === 'subscription') {
      throw new GraphQLError('Subscriptions are served over WebSocket, or as an event stream, at the same address.', {
        nodes: operation,
        extensions: { code: 'SUBSCRIPTION_NEEDS_WEBSOCKET', http: { status: 400 } },
      })
    }
    const plan = documents.planOf(document, operation)
    const error = plan === null ? null : checkRequest(plan, request.request.variables ?? {})
    if (error !== null) throw error
  }

  const respond = async (request: Request<Context>): Promise<GraphQLResponse | null> => {
    const { operation, document, contextValue } = request
    // What follows is answered by Apollo itself, in its own words.
    if (operation === undefined || document === undefined) return null
    const plan = documents.planOf(document, operation)
    if (plan === null) return null
    const variables = plan.coerce(request.request.variables ?? {})
    if (variables === null) return null

    const { extensions, http } = request.request
    const showsCost = asksForCost(extensions, http?.headers.get(COST_HEADER))
    const singleResult = await answerPlan(plan, variables, contextValue, showsCost)
    const headers = new HeaderMap(cacheHeaders(plan, variables, singleResult, contextValue) ?? [])
    return { http: { headers }, body: { kind: 'single', singleResult } }
  }

  return {
    requestDidStart: async () => {
      const startedAt = performance.now()
      return {
        didResolveOperation: async (request) => refuse(request),
        responseForOperation: respond,
        willSendResponse: async (request) => {
          setHead(request)
          onOperation(
            describeOperation(request.operation, resultOf(request), {
              requestId: request.contextValue.requestId,
              transport: currentOrigin().transport,
              durationMs: performance.now() - startedAt,
            }),
          )
        },
      }
    },
  }
}

/** Apollo writes messages as they are, with what the caller wrote in them; the mask reports the same faults. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

export const createApollo = <Context extends RequestContext>(
  options: ApolloOptions<Context>,
): ApolloServer<Context> => {
  const { schema, documents, rules, maxTokens, development, mask, currentOrigin } = options
  return new ApolloServer<Context>({
    schema,
    introspection: development,
    hideSchemaDetailsFromClientErrors: !development,
    includeStacktraceInErrorResponses: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    logger: SILENT,
    nodeEnv: development ? 'development' : 'production',
    parseOptions: { maxLexicalTokens: maxTokens },
    validationRules: [...rules],
    // Written once, in one piece: no trailing newline, no pretty printing.
    stringifyResult: (result) => JSON.stringify(result),
    formatError: (_formatted, error) => mask(error, currentOrigin().requestId),
    documentStore: {
      get: async (key: string) => documents.get(key.slice(-HASH_LENGTH)),
      set: async (key: string, document: DocumentNode) => documents.set(key.slice(-HASH_LENGTH), document),
      delete: async () => false,
    },
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      createPlugin<Context>(options),
    ],
  })
}
