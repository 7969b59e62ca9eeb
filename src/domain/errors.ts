import type { EventCursor } from './event.ts'

/** What a caller can act on; spelled as the schema's `UserErrorCode`. */
export type UserErrorCode =
  | 'INVALID_INPUT'
  | 'NOT_FOUND'
  | 'NOT_ALLOWED'
  | 'STATE_CONFLICT'
  | 'WRONG_OTP'
  | 'OTP_EXPIRED'
  | 'OTP_ATTEMPTS_EXHAUSTED'
  | 'RESEND_TOO_SOON'
  | 'SESSION_EXPIRED'
  | 'STEP_CHANGED'
  | 'STEP_UNSUPPORTED'
  | 'INSTITUTION_UNAVAILABLE'
  | 'VALIDITY_TOO_LONG'
  | 'CAPABILITY_NOT_SUPPORTED'
  | 'PROVIDER_PROBLEM'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_IN_PROGRESS'
  | 'RATE_LIMITED'

/** What went wrong between the gateway and a provider; spelled as the schema's `ProblemCode`. */
export type ProblemCode =
  | 'PROVIDER_UNAVAILABLE'
  | 'PROVIDER_TIMEOUT'
  | 'PROVIDER_RATE_LIMITED'
  | 'PROVIDER_REJECTED'
  | 'PROVIDER_CONTRACT_VIOLATION'
  | 'PROVIDER_CREDENTIALS_INVALID'
  | 'OUTCOME_UNKNOWN'

/** What reaches a caller only as a GraphQL error, since no mutation payload can carry it. */
export type RequestFaultCode =
  | 'UNAUTHENTICATED'
  | 'ISSUER_UNAVAILABLE'
  | 'CURSOR_EXPIRED'
  | 'DEADLINE_EXCEEDED'
  | 'STORE_UNAVAILABLE'
  | 'INTERNAL'

export type ErrorCode = UserErrorCode | ProblemCode | RequestFaultCode

interface ErrorFacts {
  /** Said where the code that raised it gave no message of its own. */
  readonly message: string
  /** May the same request succeed later, unchanged? */
  readonly retryable: boolean
  readonly whatToDo: string
}

/** The closed list. `docs/errors.md` is written from it. */
export const ERRORS = {
  INVALID_INPUT: {
    message: 'The input is not valid.',
    retryable: false,
    whatToDo: 'Correct the field that `path` names.',
  },
  NOT_FOUND: {
    message: 'Nothing was found under this id.',
    retryable: false,
    whatToDo: 'Check the id. What belongs to another client or user is not found either.',
  },
  NOT_ALLOWED: {
    message: 'This credential may not do that.',
    retryable: false,
    whatToDo: 'Use a credential with the scope or the registration that the message names.',
  },
  STATE_CONFLICT: {
    message: 'The current state does not allow that.',
    retryable: false,
    whatToDo: 'Read the object again; `consentStatus` and `sessionStatus` say where it stands.',
  },
  WRONG_OTP: {
    message: 'The code was wrong.',
    retryable: false,
    whatToDo: 'Look at `attemptsRemaining`; when `consentLost` is true, start a new authorization.',
  },
  OTP_EXPIRED: {
    message: 'The code is no longer valid.',
    retryable: false,
    whatToDo: 'Ask for a new code with `resendChallenge`, or start again.',
  },
  OTP_ATTEMPTS_EXHAUSTED: { message: 'No attempt is left.', retryable: false, whatToDo: 'Start a new authorization.' },
  RESEND_TOO_SOON: { message: 'A new code cannot be sent yet.', retryable: true, whatToDo: 'Wait until `retryAt`.' },
  SESSION_EXPIRED: {
    message: 'The authorization has run out of time.',
    retryable: false,
    whatToDo: 'Start a new authorization.',
  },
  STEP_CHANGED: {
    message: 'The authorization has moved to another step.',
    retryable: false,
    whatToDo: 'Show `currentStep` and answer that one.',
  },
  STEP_UNSUPPORTED: {
    message: 'This institution needs a step that the client did not list.',
    retryable: false,
    whatToDo: 'Add the step to `supportedSteps` once the client can render it, or offer another institution.',
  },
  INSTITUTION_UNAVAILABLE: {
    message: 'The institution cannot be reached through its provider now.',
    retryable: true,
    whatToDo: 'Try again later, or offer another institution.',
  },
  VALIDITY_TOO_LONG: {
    message: 'The validity is longer than the institution allows.',
    retryable: false,
    whatToDo: 'Ask for less, or for `maximum: true`.',
  },
  CAPABILITY_NOT_SUPPORTED: {
    message: 'This provider, or this gateway as configured, cannot do that.',
    retryable: false,
    whatToDo: 'Read `Provider.capabilities` before offering it.',
  },
  PROVIDER_PROBLEM: {
    message: 'The provider did not do what was asked.',
    retryable: true,
    whatToDo: 'Read `problem`: its code, whether it is retryable, and when.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    message: 'This idempotency key was used with another input.',
    retryable: false,
    whatToDo: 'Use a new key for a new request.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    message: 'A request with this idempotency key is still running.',
    retryable: true,
    whatToDo: 'Repeat the same request at `retryAt`.',
  },
  RATE_LIMITED: { message: 'Too many requests.', retryable: true, whatToDo: 'Wait until `retryAt`.' },
  PROVIDER_UNAVAILABLE: {
    message: 'The provider cannot be reached.',
    retryable: true,
    whatToDo: 'Try again later; nothing was changed at the provider.',
  },
  PROVIDER_TIMEOUT: {
    message: 'The provider did not answer in time.',
    retryable: true,
    whatToDo: 'Try again later; nothing was changed at the provider.',
  },
  PROVIDER_RATE_LIMITED: {
    message: 'The provider limits how often it may be asked.',
    retryable: true,
    whatToDo: 'Wait until `retryAt`. The consent is not affected.',
  },
  PROVIDER_REJECTED: {
    message: 'The provider refused the request.',
    retryable: false,
    whatToDo: "`providerCode` is the provider's own code; its documentation says what it means.",
  },
  PROVIDER_CONTRACT_VIOLATION: {
    message: 'The provider answered in a form that its documentation does not describe.',
    retryable: true,
    whatToDo: 'Report it with the `requestId`; the raw word is kept beside the consent.',
  },
  PROVIDER_CREDENTIALS_INVALID: {
    message: 'The provider does not accept the configured credentials.',
    retryable: false,
    whatToDo: "The operator must check the provider's credentials.",
  },
  OUTCOME_UNKNOWN: {
    message: 'The answer was lost; the request may have taken effect.',
    retryable: false,
    whatToDo: 'Do not repeat it. The gateway asks the provider what happened; watch the session.',
  },
  UNAUTHENTICATED: {
    message: 'A valid API key or user token is needed.',
    retryable: false,
    whatToDo: 'Send `Authorization: Bearer ...`, or `{"authorization": "Bearer ..."}` in connection_init.',
  },
  ISSUER_UNAVAILABLE: {
    message: 'The issuer of this token cannot be asked for its keys now.',
    retryable: true,
    whatToDo: 'Keep the token and try again at `retryAt`. Tokens signed with a key that is known already are taken.',
  },
  CURSOR_EXPIRED: {
    message: 'Events after this cursor are no longer kept.',
    retryable: false,
    whatToDo: 'Read the state anew, then go on with `resumeFrom` of `extensions` as `after`.',
  },
  DEADLINE_EXCEEDED: {
    message: 'The request took longer than it may.',
    retryable: true,
    whatToDo: 'Ask for less at once, or try again. Mutations: repeat with the same `idempotencyKey`.',
  },
  STORE_UNAVAILABLE: {
    message: 'The store cannot be reached.',
    retryable: true,
    whatToDo: 'Try again. Mutations: repeat with the same `idempotencyKey`.',
  },
  INTERNAL: {
    message: 'Something went wrong inside the gateway.',
    retryable: true,
    whatToDo: 'Report it with the `requestId` in `extensions`.',
  },
} as const satisfies Record<ErrorCode, ErrorFacts>

const PROBLEM_CODES: ReadonlySet<string> = new Set<ProblemCode>([
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_TIMEOUT',
  'PROVIDER_RATE_LIMITED',
  'PROVIDER_REJECTED',
  'PROVIDER_CONTRACT_VIOLATION',
  'PROVIDER_CREDENTIALS_INVALID',
  'OUTCOME_UNKNOWN',
])

export const isProblemCode = (code: ErrorCode): code is ProblemCode => PROBLEM_CODES.has(code)

export interface ErrorDetails {
  /** Public. Never holds a secret, personal data or an upstream body. */
  readonly message?: string
  /** Names the input field, outermost first: `['input', 'answer', 'otp']`. */
  readonly path?: readonly string[]
  readonly retryAt?: Date | null
  /** The provider's own code, e.g. `OBP-35001`. */
  readonly providerCode?: string | null
  readonly retryable?: boolean
  /** The call was not made: the circuit to the provider is open. */
  readonly circuitOpen?: boolean
  /** Of CURSOR_EXPIRED: the newest position of the log. */
  readonly resumeFrom?: EventCursor
  /** Private: kept for the redacted log, never shown to a caller. */
  readonly cause?: unknown
}

/** The one error class. Its message is public by construction; what is private lives in `cause`. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly path: readonly string[] | null
  readonly retryAt: Date | null
  readonly providerCode: string | null
  readonly retryable: boolean
  readonly circuitOpen: boolean
  readonly resumeFrom: EventCursor | null

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? ERRORS[code].message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.path = details.path ?? null
    this.retryAt = details.retryAt ?? null
    this.providerCode = details.providerCode ?? null
    this.retryable = details.retryable ?? ERRORS[code].retryable
    this.circuitOpen = details.circuitOpen ?? false
    this.resumeFrom = details.resumeFrom ?? null
  }
}

/** For inputs: what to do, and which field. */
export const invalidInput = (message: string, ...path: readonly string[]): GatewayError =>
  new GatewayError('INVALID_INPUT', { message, path })
