import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { ERRORS, type ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isProtocolCode, PROTOCOL_ERRORS, type ProtocolCode } from './protocol-errors.ts'
import { withoutValues } from './quoted-values.ts'

export interface Fault {
  /** What really happened, with its causes. For the redacted log, never for a caller. */
  readonly error: unknown
  readonly code: ErrorCode
  readonly requestId: string
}

export interface MaskOptions {
  /** False takes "Did you mean ...?" out of messages, so that the schema cannot be guessed word by word. */
  readonly suggestions: boolean
  /** Called for each error that an operator should see: what nobody expected, and a store that cannot be reached. */
  readonly onFault: (fault: Fault) => void
}

/** Turns anything that was thrown into what a caller may see. The same function for HTTP and WebSocket. */
export type ErrorMask = (error: unknown, requestId: string) => GraphQLFormattedError

const FAULTS: ReadonlySet<ErrorCode> = new Set(['INTERNAL', 'STORE_UNAVAILABLE'])

/** What graphql-js says of arguments that only became wrong with the variables' values. */
const ARGUMENT_FAULT = /^Argument ".+" (?:has invalid value|of (?:non-null|required) type)/
const VARIABLE_FAULT = /^Variable "\$.+" (?:has invalid value|got invalid value|of (?:non-null|required) type)/
const TOKEN_LIMIT = /^Syntax Error: Document contains more tha[nt] \d+ tokens/
const SUGGESTION = / ?Did you mean .+\?$/

/** The error under the layers that graphql-js and Apollo put around it. */
const rootOf = (error: unknown): unknown => {
  let root = error
  while (root instanceof GraphQLError && root.originalError !== undefined) root = root.originalError
  return root
}

const isRefusedOverHttp = (root: unknown): boolean => {
  const http = root instanceof GraphQLError ? root.extensions['http'] : undefined
  return typeof http === 'object' && http !== null && 'status' in http && http.status === 400
}

const protocolCodeOf = (error: GraphQLError, root: unknown): ProtocolCode | null => {
  // Apollo's own code covers that of the rule which refused.
  for (const { extensions, message } of root instanceof GraphQLError ? [root, error] : [error]) {
    const { code } = extensions
    if (code === 'GRAPHQL_PARSE_FAILED' && TOKEN_LIMIT.test(message)) return 'OPERATION_TOO_LARGE'
    if (typeof code === 'string' && isProtocolCode(code)) return code
  }
  // A persisted query that is not the one named: Apollo gives no code, only a status.
  if (isRefusedOverHttp(root)) return 'BAD_REQUEST'
  if (VARIABLE_FAULT.test(error.message) && error.path === undefined) return 'BAD_USER_INPUT'
  if (root instanceof GraphQLError && ARGUMENT_FAULT.test(root.message)) return 'BAD_USER_INPUT'
  return null
}

const placeOf = (error: unknown): Pick<GraphQLFormattedError, 'locations' | 'path'> => {
  if (!(error instanceof GraphQLError)) return {}
  return {
    ...(error.locations === undefined ? {} : { locations: error.locations }),
    ...(error.path === undefined ? {} : { path: error.path }),
  }
}

const toPublicExtensions = (error: GatewayError, requestId: string): Record<string, unknown> => ({
  code: error.code,
  requestId,
  retryable: error.retryable,
  ...(error.path === null ? {} : { path: error.path }),
  ...(error.retryAt === null ? {} : { retryAt: error.retryAt.toISOString() }),
  ...(error.providerCode === null ? {} : { providerCode: error.providerCode }),
  ...(error.resumeFrom === null ? {} : { resumeFrom: error.resumeFrom }),
})

export const createErrorMask = ({ suggestions, onFault }: MaskOptions): ErrorMask => {
  return (error, requestId) => {
    const root = rootOf(error)
    if (root instanceof GatewayError) {
      if (FAULTS.has(root.code)) onFault({ error: root, code: root.code, requestId })
      return { message: root.message, ...placeOf(error), extensions: toPublicExtensions(root, requestId) }
    }
    const code = error instanceof GraphQLError ? protocolCodeOf(error, root) : null
    if (code !== null && error instanceof GraphQLError) {
      const message = withoutValues(error.message)
      return {
        message: suggestions ? message : message.replace(SUGGESTION, ''),
        ...placeOf(error),
        extensions: { code, requestId, retryable: PROTOCOL_ERRORS[code].retryable },
      }
    }
    onFault({ error: root, code: 'INTERNAL', requestId })
    return {
      message: ERRORS.INTERNAL.message,
      ...placeOf(error),
      extensions: { code: 'INTERNAL', requestId, retryable: ERRORS.INTERNAL.retryable },
    }
  }
}

/** HTTP statuses of a response that is nothing but errors of one kind. Whatever has data is 200. */
const STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  ISSUER_UNAVAILABLE: 503,
  STORE_UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} satisfies Partial<Record<ErrorCode, number>>

export interface ErrorHead {
  /** Null where the errors do not ask for one, or not for the same. */
  readonly status: number | null
  readonly headers: ReadonlyMap<string, string>
}

/** Whole seconds until the earliest `retryAt`, at least 1. */
const secondsUntilRetry = (errors: readonly GraphQLFormattedError[], now: Date): number | null => {
  const instants = errors.flatMap((error) => {
    const retryAt = error.extensions?.['retryAt']
    return typeof retryAt === 'string' ? [Date.parse(retryAt)] : []
  })
  return instants.length === 0 ? null : Math.max(1, Math.ceil((Math.min(...instants) - now.getTime()) / 1000))
}

/** The HTTP head for a response without data. */
export const headOf = (errors: readonly GraphQLFormattedError[], now: Date): ErrorHead => {
  const statuses = new Set(errors.map((error) => STATUS[String(error.extensions?.['code'])] ?? null))
  const [first] = statuses
  const status = statuses.size === 1 && first !== undefined ? first : null
  const seconds = secondsUntilRetry(errors, now)
  const headers = new Map<string, string>()
  if (status === 401) headers.set('www-authenticate', 'Bearer')
  if (seconds !== null) headers.set('retry-after', String(seconds))
  return { status, headers }
}
