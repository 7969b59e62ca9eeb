import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { SentOperation } from '../graphql/pipeline/pipeline.ts'
import { isJson, parseJson, readBody } from './body.ts'
import { RequestRefused } from './reply.ts'

/** Content types that a browser sends without asking first, from any page. */
export const SIMPLE_TYPE = /^(?:text\/plain|multipart\/form-data|application\/x-www-form-urlencoded)\b/i
/** A browser asks first where one of these is there. The names are Apollo's. */
const PREFLIGHT_HEADERS = ['apollo-require-preflight', 'x-apollo-operation-name'] as const

const record = z.record(z.string(), z.unknown())
const PARAMETERS = z.object({
  query: z.string().nullish(),
  documentId: z.string().nullish(),
  operationName: z.string().nullish(),
  variables: record.nullish(),
  extensions: record.nullish(),
})

/** The parsed body of a POST; undefined where there is none that counts. Rejects with RequestRefused. */
export const bodyOf = async (request: IncomingMessage, limitBytes: number): Promise<unknown> => {
  if (request.method !== 'POST') return undefined
  const { 'content-type': type, 'content-encoding': encoding } = request.headers
  if (type === undefined || SIMPLE_TYPE.test(type)) return undefined
  if (!isJson(type)) {
    throw new RequestRefused(415, 'BAD_REQUEST', 'The content type must be application/json, in UTF-8.')
  }
  if (encoding !== undefined && encoding !== 'identity') {
    throw new RequestRefused(415, 'BAD_REQUEST', 'The body must not be compressed.')
  }
  return parseJson(await readBody(request, limitBytes))
}

/** As Apollo's CSRF prevention does where it answers: no page of another origin may have anything run by a simple request. */
const refuseSimple = ({ headers }: IncomingMessage): void => {
  const type = headers['content-type']
  if (type !== undefined && !SIMPLE_TYPE.test(type)) return
  if (PREFLIGHT_HEADERS.some((name) => (headers[name] ?? '') !== '')) return
  throw new RequestRefused(
    400,
    'BAD_REQUEST',
    `A request without a body in JSON needs one of these headers, not empty: ${PREFLIGHT_HEADERS.join(', ')}.`,
  )
}

const parseParameter = (query: URLSearchParams, name: string): unknown => {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The parser's own words quote the parameter, so they are not kept.
    throw new RequestRefused(400, 'BAD_REQUEST', `The parameter \`${name}\` is not valid JSON.`)
  }
}

const fromQuery = (search: string): unknown => {
  const query = new URLSearchParams(search)
  return {
    query: query.get('query') ?? undefined,
    documentId: query.get('documentId') ?? undefined,
    operationName: query.get('operationName') || undefined,
    variables: parseParameter(query, 'variables'),
    extensions: parseParameter(query, 'extensions'),
  }
}

/** The operation of a POST or GET. Rejects with RequestRefused. */
export const readOperation = async (
  request: IncomingMessage,
  search: string,
  limitBytes: number,
): Promise<SentOperation> => {
  refuseSimple(request)
  const given = request.method === 'GET' ? fromQuery(search) : await bodyOf(request, limitBytes)
  const parsed = PARAMETERS.safeParse(given)
  if (!parsed.success) {
    const [at] = parsed.error.issues[0]?.path ?? []
    const what =
      at === undefined ? 'A request is an object with `query`.' : `\`${String(at)}\` is missing or not of its type.`
    throw new RequestRefused(400, 'BAD_REQUEST', what)
  }
  const { query, documentId, operationName, variables, extensions } = parsed.data
  if (query == null && documentId == null && extensions?.['persistedQuery'] === undefined) {
    throw new RequestRefused(400, 'BAD_REQUEST', '`query` is missing or not of its type.')
  }
  return {
    query: query ?? '',
    ...(documentId != null && { documentId }),
    operationName: operationName ?? null,
    variables: variables ?? {},
    extensions: extensions ?? {},
  }
}
