import { getOperationAST } from 'graphql'
import { asksForCost, COST_HEADER } from './answer.ts'
import type { Variables } from './collect.ts'
import type { Documents } from './documents.ts'
import type { CheckRequest } from './limits.ts'
import type { OperationPlan } from './plan.ts'
import type { IncomingHttpHeaders } from 'node:http'

export interface KnownOperation {
  readonly plan: OperationPlan
  readonly variables: Variables
  readonly contentType: string
  readonly showsCost: boolean
}

export interface RecognizeOptions {
  readonly documents: Documents
  readonly checkRequest: CheckRequest
}

export interface PostedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

const JSON_TYPE = 'application/json; charset=utf-8'
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8'

const PLAIN_TYPES: ReadonlySet<string> = new Set(['application/json', 'application/json; charset=utf-8'])

/** How Apollo's content negotiation answers what clients commonly accept; a test holds that. */
export const NEGOTIATED: ReadonlyMap<string, string> = new Map([
  ['*/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/json, multipart/mixed', JSON_TYPE],
  ['application/graphql-response+json', RESPONSE_TYPE],
  ['application/graphql-response+json,application/json;q=0.9', RESPONSE_TYPE],
])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Asks for nothing but to be executed. */
const isPlain = (extensions: unknown): boolean =>
  extensions === undefined || extensions === null || (isRecord(extensions) && !('persistedQuery' in extensions))

/**
 * An operation that has been parsed, validated and measured before, asked in the plain way and with variables that are right:
 * all that is left to do is to know who asks and to execute. Null: Apollo's pipeline answers, as it does every first time.
 */
export const createRecognizer = ({ documents, checkRequest }: RecognizeOptions) => {
  return ({ method, headers, body }: PostedRequest): KnownOperation | null => {
    if (method !== 'POST' || !PLAIN_TYPES.has(headers['content-type'] ?? '') || !isRecord(body)) return null
    const contentType = NEGOTIATED.get(headers.accept ?? '*/*')
    const { query, variables: given = {}, operationName = null, extensions } = body
    if (contentType === undefined || typeof query !== 'string' || !isPlain(extensions)) return null
    if ((given !== null && !isRecord(given)) || (operationName !== null && typeof operationName !== 'string'))
      return null

    const document = documents.find(query)
    const operation = document === undefined ? undefined : getOperationAST(document, operationName)
    if (document === undefined || !operation || operation.operation === 'subscription') return null
    const plan = documents.planOf(document, operation)
    if (plan === null || checkRequest(plan, given ?? {}) !== null) return null
    const variables = plan.coerce(given ?? {})
    if (variables === null) return null
    return { plan, variables, contentType, showsCost: asksForCost(extensions, headers[COST_HEADER]) }
  }
}
