import { type ErrorCode, GatewayError } from '../../domain/errors.ts'
import type { Blame } from '../../upstream/circuits.ts'
import { toProviderFault } from '../../upstream/provider-fault.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import { parseRefusal, type Refusal } from './wire.ts'

interface FaultFacts {
  readonly code: ErrorCode
  readonly message: string
  readonly path?: readonly string[]
}

export const OPTIONS_PATH = ['input', 'providerOptions', 'enableBanking'] as const

const operator = (message: string): FaultFacts => ({ code: 'PROVIDER_CREDENTIALS_INVALID', message })
const rejected = (message: string): FaultFacts => ({ code: 'PROVIDER_REJECTED', message })
const input = (message: string, ...path: readonly string[]): FaultFacts => ({ code: 'INVALID_INPUT', message, path })

const TOKEN = 'Enable Banking refuses the token: check ENABLE_BANKING_APPLICATION_ID and its private key.'
const ENDED = rejected('The session has ended at Enable Banking.')

/** Words: Enable Banking's API reference, "Errors", June 2026; the list is open. Words of payments and transactions are left out. */
const FAULTS = {
  ACCESS_DENIED: operator('Enable Banking does not allow this to the application: is it active?'),
  ACCOUNT_DOES_NOT_EXIST: rejected('Enable Banking does not know this account.'),
  ALREADY_AUTHORIZED: {
    code: 'OUTCOME_UNKNOWN',
    message: 'The code of this authorization was exchanged before, and it works once.',
  },
  ASPSP_ACCOUNT_NOT_ACCESSIBLE: rejected('The bank does not give access to this account.'),
  ASPSP_ERROR: { code: 'PROVIDER_UNAVAILABLE', message: 'The bank failed behind Enable Banking. Try again later.' },
  ASPSP_PSU_ACTION_REQUIRED: rejected('The bank asks the person to act there first, in its own app or site.'),
  ASPSP_RATE_LIMIT_EXCEEDED: {
    code: 'PROVIDER_RATE_LIMITED',
    message: 'The bank limits how often it may be asked without the person. The consent is not affected.',
  },
  ASPSP_TIMEOUT: { code: 'PROVIDER_TIMEOUT', message: 'The bank did not answer Enable Banking in time.' },
  AUTHORIZATION_NOT_PROVIDED: operator(TOKEN),
  CLOSED_SESSION: ENDED,
  EXPIRED_AUTHORIZATION_CODE: rejected('The code came back too late.'),
  EXPIRED_SESSION: ENDED,
  INVALID_ACCOUNT_ID: rejected('Enable Banking does not know this account.'),
  INVALID_HOST: operator('Enable Banking is not served there: check ENABLE_BANKING_BASE_URL.'),
  NO_ACCOUNTS_ADDED: rejected('The application is restricted, and none of these accounts is linked to it.'),
  PSU_HEADER_INVALID: input('The bank does not accept one of these fields of the person.', 'input', 'psu'),
  PSU_HEADER_NOT_PROVIDED: input(
    'Send all of the fields that `requiredPsuFields` names, or none of them.',
    'input',
    'psu',
  ),
  REDIRECT_URI_NOT_ALLOWED: operator("Register the gateway's callback address for the application at Enable Banking."),
  REVOKED_SESSION: ENDED,
  SESSION_DOES_NOT_EXIST: rejected('Enable Banking does not know this session.'),
  UNAUTHORIZED_ACCESS: operator(TOKEN),
  UNAUTHORIZED_IP: operator('Enable Banking does not accept calls from this address.'),
  WRONG_ASPSP_PROVIDED: {
    code: 'NOT_FOUND',
    message: 'Enable Banking knows no such institution.',
    path: ['input', 'target', 'institutionId'],
  },
  WRONG_AUTHORIZATION_CODE: rejected('Enable Banking does not know this code.'),
  WRONG_CREDENTIALS_PROVIDED: input('These credentials do not fit the method.', ...OPTIONS_PATH, 'credentials'),
  WRONG_REQUEST_PARAMETERS: rejected('Enable Banking does not accept the request.'),
  WRONG_SESSION_STATUS: rejected('The session is in another state at Enable Banking.'),
} as const satisfies Record<string, FaultFacts>

export const ENABLE_BANKING_ERRORS = Object.keys(FAULTS) as readonly (keyof typeof FAULTS)[]

/** What Enable Banking advises to wait after a bank's daily limit: its FAQ. */
const RATE_LIMIT_PAUSE_MS = 6 * 3_600_000

/** `ASPSP does not support consent validity more than 7776000 seconds in the future` */
const TOO_LONG = /consent validity more than (\d{1,12}) seconds/i

const toFacts = ({ error, message }: Refusal): FaultFacts | null => {
  const seconds = error === 'WRONG_REQUEST_PARAMETERS' ? TOO_LONG.exec(message)?.[1] : undefined
  if (seconds !== undefined) {
    return {
      code: 'VALIDITY_TOO_LONG',
      message: `The longest validity at this institution is ${seconds} seconds. Ask for less, or for \`maximum: true\`.`,
      path: ['input', 'access', 'validity'],
    }
  }
  return Object.hasOwn(FAULTS, error) ? FAULTS[error as keyof typeof FAULTS] : null
}

/**
 * An answer that is no success, as an error of ours; `providerCode` is Enable Banking's word. The word decides and not the
 * status, which is 400, 401 or 422 for the same thing. OUTCOME_UNKNOWN where the call may have taken effect all the same.
 */
export const toEnableBankingFault = (response: UpstreamResponse, now = new Date()): GatewayError => {
  const refusal = parseRefusal(response)
  const providerCode = refusal?.error ?? null
  const byStatus = toProviderFault(response, { providerCode, now })
  const facts = refusal === null || response.uncertain ? null : toFacts(refusal)
  if (facts === null) return byStatus
  const limited = facts.code === 'PROVIDER_RATE_LIMITED'
  return new GatewayError(facts.code, {
    message: facts.message,
    ...(facts.path !== undefined && { path: facts.path }),
    providerCode: byStatus.providerCode,
    retryAt: byStatus.retryAt ?? (limited ? new Date(now.getTime() + RATE_LIMIT_PAUSE_MS) : null),
    cause: byStatus.cause,
  })
}

/** For the circuits: these words say that Enable Banking works and the bank behind it does not. */
export const blameEnableBankingAnswer = (response: UpstreamResponse): Blame => {
  const word = parseRefusal(response)?.error
  if (word === 'ASPSP_ERROR' || word === 'ASPSP_TIMEOUT') return 'INSTITUTION'
  return response.status >= 500 ? 'PROVIDER' : 'NOBODY'
}
