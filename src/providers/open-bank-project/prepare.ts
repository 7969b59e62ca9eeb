import type { ConsentAccess } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ConsentKey, PsuContext, StartRequest } from '../../domain/provider.ts'
import type { OtpChannel } from '../../domain/step.ts'
import { type ConsentClaims, type Entitlement, parseConsentJwt, type View } from './consent-jwt.ts'
import { OPTIONS_PATH } from './faults.ts'
import { type ObpOptions, parseOptions } from './options.ts'
import { type ConsentSecrets, type Draft, parseConsentSecrets } from './sealed.ts'

export interface PrepareSettings {
  readonly consumerId: string | null
  readonly maxTtlSeconds: number
}

/** Where the code goes; null for IMPLICIT, where the server knows. */
export const toDestination = (method: OtpChannel, psu: Pick<PsuContext, 'phone' | 'email'>): string | null => {
  if (method === 'IMPLICIT') return null
  return (method === 'SMS' ? psu.phone : psu.email)?.trim() || null
}

/** Two digits of a phone number, or the first letter and the domain of an e-mail address. */
const mask = (destination: string): string => {
  const at = destination.lastIndexOf('@')
  return at > 0 ? `${destination.slice(0, 1)}***${destination.slice(at)}` : `*** ${destination.slice(-2)}`
}

const chooseMethod = (wish: OtpChannel | null, psu: PsuContext): OtpChannel => {
  if (wish !== null) return wish
  if (toDestination('SMS', psu) !== null) return 'SMS'
  return toDestination('EMAIL', psu) === null ? 'IMPLICIT' : 'EMAIL'
}

const checkDestination = (method: OtpChannel, psu: PsuContext): string | null => {
  const destination = toDestination(method, psu)
  if (method === 'SMS' && !/^\+?[\d ()./-]{5,}$/.test(destination ?? '')) {
    throw invalidInput('The code goes by SMS: give a phone number with its country code.', 'input', 'psu', 'phone')
  }
  if (method === 'EMAIL' && !/^[^\s@]+@[^\s@]+$/.test(destination ?? '')) {
    throw invalidInput('The code goes by e-mail: give an e-mail address.', 'input', 'psu', 'email')
  }
  return destination
}

const checkAccess = ({ permissions, balances, transactions, accountIds }: ConsentAccess): void => {
  const refuse = (member: string, message: string): GatewayError =>
    new GatewayError('CAPABILITY_NOT_SUPPORTED', { message, path: ['input', 'access', member] })
  const views = 'Here views decide what can be read: name those that show less in `openBankProject.views`.'
  if (permissions.length > 0) throw refuse('permissions', views)
  if (balances === false) throw refuse('balances', views)
  if (transactions === false) throw refuse('transactions', views)
  if (accountIds?.length === 0) {
    throw invalidInput('Name an account, or leave `accountIds` out for all of them.', 'input', 'access', 'accountIds')
  }
}

interface Scope {
  readonly everything: boolean
  readonly views: readonly View[] | null
  readonly entitlements: readonly Entitlement[]
}

const checkScope = (options: ObpOptions, accountIds: readonly string[] | null, bankId: string): Scope => {
  if ((options.everything || options.views !== null) && accountIds !== null) {
    const other = options.everything ? '`everything`' : '`views`'
    throw invalidInput(`Name accounts, or use ${other}, but not both.`, 'input', 'access', 'accountIds')
  }
  const entitlements = options.entitlements ?? []
  if (!options.everything && options.views?.length === 0 && entitlements.length === 0) {
    throw invalidInput(
      'This consent would cover nothing: leave `views` out for all accounts.',
      ...OPTIONS_PATH,
      'views',
    )
  }
  const message = 'A consent is for the institution that it names: this is another bank.'
  const elsewhere = (item: { readonly bankId: string }): boolean => item.bankId !== bankId
  const view = options.views?.findIndex(elsewhere) ?? -1
  if (view >= 0) throw invalidInput(message, ...OPTIONS_PATH, 'views', String(view), 'bankId')
  const role = entitlements.findIndex((item) => item.bankId !== '' && elsewhere(item))
  if (role >= 0) throw invalidInput(message, ...OPTIONS_PATH, 'entitlements', String(role), 'bankId')
  return {
    everything: options.everything,
    views:
      options.views?.map(({ accountId, viewId }) => ({ bank_id: bankId, account_id: accountId, view_id: viewId })) ??
      null,
    entitlements: entitlements.map((item) => ({ bank_id: item.bankId, role_name: item.roleName })),
  }
}

interface Renewed {
  readonly secrets: ConsentSecrets
  /** Null where the kept Consent-JWT is missing or cannot be read. */
  readonly claims: ConsentClaims | null
}

const toRenewed = (key: ConsentKey | null): Renewed | null => {
  if (key?.secrets == null) return null
  const secrets = parseConsentSecrets(key.secrets)
  return { secrets, claims: secrets.jwt === null ? null : parseConsentJwt(secrets.jwt) }
}

/** A renewal without options covers what the old consent covered; naming accounts narrows it, or looks up new ones. */
const toScopeAgain = ({ secrets, claims }: Renewed, accountIds: readonly string[] | null): Scope => {
  const { views, entitlements } = claims ?? { views: [], entitlements: [] }
  if (accountIds === null && secrets.everything) return { everything: true, views: null, entitlements: [] }
  if (accountIds === null) {
    if (views.length > 0 || entitlements.length > 0) return { everything: false, views, entitlements }
    throw invalidInput(
      'The server did not say what the old consent covers: name the accounts again.',
      'input',
      'access',
      'accountIds',
    )
  }
  const held = views.filter(({ account_id: id }) => accountIds.includes(id))
  const isCovered = accountIds.every((id) => held.some((view) => view.account_id === id))
  return { everything: false, views: isCovered ? held : null, entitlements }
}

/**
 * `valid_from` is always sent, in whole seconds: the end is then the one that was asked for, and the instant is what a
 * lost consent is known by.
 */
const toLife = (
  { access, validUntil, now }: StartRequest,
  options: ObpOptions,
  { maxTtlSeconds }: PrepareSettings,
): Pick<Draft, 'validFrom' | 'timeToLiveSeconds'> => {
  const validFrom = Math.floor((options.validFrom ?? access.validFrom ?? now).getTime() / 1000)
  const untilMs = validUntil?.getTime() ?? (validFrom + maxTtlSeconds) * 1000
  const timeToLiveSeconds = Math.floor(untilMs / 1000 - validFrom)
  if (timeToLiveSeconds > maxTtlSeconds) {
    throw new GatewayError('VALIDITY_TOO_LONG', {
      message: `The longest validity here is ${maxTtlSeconds} seconds.`,
      path: ['input', 'access', 'validity'],
    })
  }
  if (timeToLiveSeconds < 1) {
    if (options.validFrom !== null) {
      throw invalidInput('The consent would end before it begins.', ...OPTIONS_PATH, 'validFrom')
    }
    throw invalidInput('The validity must be a second at least.', 'input', 'access', 'validity')
  }
  return { validFrom, timeToLiveSeconds }
}

/**
 * Checks all that needs no call. What is in the draft is sealed at rest; the PSU's address is there only masked.
 *
 * @throws GatewayError INVALID_INPUT, STEP_UNSUPPORTED, CAPABILITY_NOT_SUPPORTED or VALIDITY_TOO_LONG
 */
export const toDraft = (request: StartRequest, settings: PrepareSettings): Draft => {
  const { access, institutionRef: bankId, psu, supportedSteps } = request
  if (bankId === null) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'This provider has no page to choose an institution on: name one with `institutionId`.',
      path: ['input', 'target', 'provider'],
    })
  }
  if (!supportedSteps.includes('OTP')) {
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: 'Banks at Open Bank Project ask for a code: add `OTP`.',
      path: ['input', 'supportedSteps'],
    })
  }
  const options = parseOptions(request.options)
  checkAccess(access)
  const renewed = toRenewed(request.renews)
  const { accountIds } = access
  const scope =
    renewed === null || request.options !== null
      ? checkScope(options, accountIds, bankId)
      : toScopeAgain(renewed, accountIds)
  const method = chooseMethod(options.scaMethod, psu)
  const destination = checkDestination(method, psu)
  return {
    ...toLife(request, options, settings),
    bankId,
    method,
    maskedDestination: destination === null ? null : mask(destination),
    consumerId: options.consumerId ?? renewed?.secrets.consumerId ?? settings.consumerId,
    everything: scope.everything,
    views: scope.views === null ? null : [...scope.views],
    accountIds: accountIds === null ? null : [...accountIds],
    entitlements: [...scope.entitlements],
    userToken: options.userToken ?? renewed?.secrets.userToken ?? null,
  }
}
