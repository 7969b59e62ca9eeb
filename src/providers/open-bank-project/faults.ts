import { type ErrorCode, GatewayError } from '../../domain/errors.ts'
import type { Blame } from '../../upstream/circuits.ts'
import { toProviderFault } from '../../upstream/provider-fault.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import { type ObpRefusal, parseRefusal } from './wire.ts'

/** Whose credential a call was made with. */
export type Acting = 'CONFIGURED_USER' | 'PSU_TOKEN' | 'CONSENT' | 'NOBODY'

interface FaultFacts {
  readonly code: ErrorCode
  readonly message: string
  readonly path?: readonly string[]
}

export const OPTIONS_PATH = ['input', 'providerOptions', 'openBankProject'] as const

const operator = (message: string): FaultFacts => ({ code: 'PROVIDER_CREDENTIALS_INVALID', message })
const rejected = (message: string): FaultFacts => ({ code: 'PROVIDER_REJECTED', message })
const input = (message: string, ...path: readonly string[]): FaultFacts => ({ code: 'INVALID_INPUT', message, path })

const LOGIN = 'Open Bank Project refuses the login: check OBP_USERNAME, OBP_PASSWORD and OBP_CONSUMER_KEY.'
const TOKEN = 'Open Bank Project does not accept the login token of the configured user.'
const CONNECTOR: FaultFacts = {
  code: 'PROVIDER_UNAVAILABLE',
  message: 'Open Bank Project could not reach the bank behind it. Try again later.',
}

/** Numbers and meanings: OBP-API, code/api/util/ErrorMessages.scala, of October 2024 and 2026. */
const FAULTS = {
  '00010': rejected('SMS is not set up at this Open Bank Project server. Choose another `scaMethod`.'),
  '10001': rejected('Open Bank Project could not read the request.'),
  '10018': { code: 'PROVIDER_RATE_LIMITED', message: 'Open Bank Project limits how often it may be asked.' },
  '10404': rejected('This Open Bank Project server does not serve v3.1.0 there: the operator must check OBP_BASE_URL.'),
  '20001': operator(TOKEN),
  '20002': operator(LOGIN),
  '20003': operator(TOKEN),
  '20004': operator(LOGIN),
  '20006': rejected('The Open Bank Project user lacks a role that this needs.'),
  '20008': operator('Open Bank Project does not know the consumer, or it is disabled: check OBP_CONSUMER_KEY.'),
  '20010': operator(LOGIN),
  '20011': operator(LOGIN),
  '20012': operator(LOGIN),
  '20013': operator('Open Bank Project has locked the configured user after too many bad logins.'),
  '20058': operator('The consumer is disabled at Open Bank Project: check OBP_CONSUMER_ID.'),
  '20080': operator('Open Bank Project does not support this kind of token.'),
  '20082': operator(LOGIN),
  '20083': operator(LOGIN),
  '20200': operator('Open Bank Project cannot tell which consumer is calling: check OBP_CONSUMER_KEY.'),
  '30001': {
    code: 'NOT_FOUND',
    message: 'Open Bank Project knows no such bank.',
    path: ['input', 'target', 'institutionId'],
  },
  '30019': operator('Open Bank Project knows no such consumer: check OBP_CONSUMER_ID.'),
  '35001': rejected('Open Bank Project does not know this consent.'),
  '35002': rejected('The consent is not valid yet.'),
  '35003': rejected('The consent has expired.'),
  '35004': rejected('Open Bank Project does not accept the signature of its own consent.'),
  '35005': rejected('The consent is not authorized at Open Bank Project.'),
  '35007': operator('Consents are switched off at this Open Bank Project server (its prop `consents.allowed`).'),
  '35009': input('Open Bank Project does not offer this method.', ...OPTIONS_PATH, 'scaMethod'),
  '35010': rejected('Open Bank Project could not send the SMS. Check the phone number, or choose another `scaMethod`.'),
  '35012': rejected('The consent is already revoked.'),
  '35013': input('The PSU does not have one of these roles.', ...OPTIONS_PATH, 'entitlements'),
  '35014': input('The PSU does not have one of these views.', ...OPTIONS_PATH, 'views'),
  '35015': operator('The consent belongs to another consumer: check OBP_CONSUMER_ID and OBP_CONSUMER_KEY.'),
  '35016': operator('Open Bank Project cannot tell the consumer: check OBP_CONSUMER_KEY, or set OBP_PSD2_CERT.'),
  '35017': operator('The consumer of the consent is disabled at Open Bank Project.'),
  '35018': operator('Open Bank Project does not know the consumer of the consent: check OBP_CONSUMER_ID.'),
  '35019': operator('Open Bank Project has no method configured to check consumers of consents.'),
  '35020': { code: 'VALIDITY_TOO_LONG', message: '', path: ['input', 'access', 'validity'] },
  '35025': rejected('The challenge of this consent is already answered.'),
  '35028': rejected('Open Bank Project does not know this consent request.'),
  '35029': rejected('The consent request is already used.'),
  '35032': rejected('Open Bank Project cannot read the consent that was presented to it.'),
  '50000': CONNECTOR,
  '50005': CONNECTOR,
  '50200': CONNECTOR,
} as const satisfies Record<string, FaultFacts>

export type ObpNumber = keyof typeof FAULTS

export const OBP_NUMBERS = Object.keys(FAULTS) as readonly ObpNumber[]

const isKnown = (number: string): number is ObpNumber => Object.hasOwn(FAULTS, number)

/** The server says its maximum at the end: `You exceeded max value of time to live of consents. (3600)`. */
const tooLong = ({ message }: ObpRefusal): string => {
  const maximum = /\((\d{1,12})\)\s*$/.exec(message)?.[1]
  const limit = maximum === undefined ? 'is shorter' : `is ${maximum} seconds`
  return `The longest validity at this Open Bank Project server ${limit}. Ask for less; the operator should lower OBP_MAX_TTL_SECONDS.`
}

const toFacts = (refusal: ObpRefusal, number: ObpNumber, acting: Acting): FaultFacts => {
  if (number === '35020') return { ...FAULTS[number], message: tooLong(refusal) }
  if (acting === 'PSU_TOKEN' && (FAULTS[number].message === TOKEN || number === '20080'))
    return rejected("Open Bank Project no longer accepts the PSU's own token.")
  return FAULTS[number]
}

/**
 * An answer that is no success, as an error of ours; `providerCode` is the most specific number. The number decides and
 * not the status, which differs between versions (a bad token is 400 or 401). OUTCOME_UNKNOWN where the call may have
 * taken effect all the same.
 */
export const toObpFault = (response: UpstreamResponse, acting: Acting): GatewayError => {
  const refusal = parseRefusal(response)
  const providerCode = refusal === null ? null : `OBP-${refusal.number}`
  const byStatus = toProviderFault(response, { providerCode })
  if (refusal === null || !isKnown(refusal.number) || response.uncertain) return byStatus
  const { code, message, path } = toFacts(refusal, refusal.number, acting)
  return new GatewayError(code, {
    message,
    ...(path !== undefined && { path }),
    providerCode,
    retryAt: byStatus.retryAt,
    cause: byStatus.cause,
  })
}

export const hasObpCode = (error: unknown, ...numbers: readonly ObpNumber[]): error is GatewayError =>
  error instanceof GatewayError && numbers.some((number) => error.providerCode === `OBP-${number}`)

/** A refused read under a consent that was made without naming a consumer: the server chose one, for good. */
export const toUnnamedConsumerFault = (error: unknown): unknown =>
  hasObpCode(error, '35015', '35017', '35018')
    ? new GatewayError(error.code, {
        message:
          'Open Bank Project made this consent for a consumer of its own choice, since OBP_CONSUMER_ID was not set. Set it, and start a new authorization.',
        providerCode: error.providerCode,
        cause: error,
      })
    : error

/** The token of the login is not accepted: the server says so before it does anything. */
export const isLoginRefused = (response: UpstreamResponse): boolean => {
  if (response.status !== 400 && response.status !== 401) return false
  const number = parseRefusal(response)?.number
  return number === '20001' || number === '20003'
}

/** For the circuits: a server that answers in its own words works, and speaks of the bank behind it. */
export const blameObpAnswer = (response: UpstreamResponse): Blame => {
  if (response.status < 500) return 'NOBODY'
  return parseRefusal(response) === null ? 'PROVIDER' : 'INSTITUTION'
}
