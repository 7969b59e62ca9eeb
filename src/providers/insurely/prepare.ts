import { z } from 'zod'
import type { ConsentAccess, Secrets } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { PsuContext, StartRequest } from '../../domain/provider.ts'
import { OPTIONS_PATH } from './faults.ts'
import { chooseLoginMethod, LOGIN_METHODS, type LoginMethod } from './login-method.ts'
import type { Draft } from './sealed.ts'
import { toLanguage } from './texts.ts'
import type { CreateConsentBody } from './wire.ts'

const options = z.strictObject({ loginMethod: z.enum(LOGIN_METHODS).nullish() })

const parseLoginMethod = (given: Secrets | null): LoginMethod | null => {
  const parsed = options.safeParse(given ?? {})
  if (parsed.success) return parsed.data.loginMethod ?? null
  throw invalidInput(`\`loginMethod\` is one of: ${LOGIN_METHODS.join(', ')}.`, ...OPTIONS_PATH, 'loginMethod')
}

/** Twelve digits; people also write it with a hyphen. The message never repeats it. */
const toPersonalNumber = ({ personalNumber }: PsuContext): string => {
  const digits = /^(\d{8})[- ]?(\d{4})$/.exec(personalNumber?.trim() ?? '')
  if (digits !== null) return `${digits[1]}${digits[2]}`
  throw invalidInput(
    'BankID needs the personal number of the PSU: twelve digits, year first.',
    'input',
    'psu',
    'personalNumber',
  )
}

const checkAccess = ({ permissions, accountIds }: ConsentAccess): void => {
  if (permissions.length > 0) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'Insurely knows no permissions beside balances and transactions.',
      path: ['input', 'access', 'permissions'],
    })
  }
  if (accountIds?.length === 0) {
    throw invalidInput('Name an account, or leave `accountIds` out for all of them.', 'input', 'access', 'accountIds')
  }
}

const DAY_MS = 86_400_000

/** A day has four digits for its year. */
const LAST_NOON_MS = Date.UTC(9999, 11, 31, 12)
/** `2026-12-31`, as it is at the banks. */
const swedishDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Stockholm', dateStyle: 'short' })

/**
 * The API counts in days and the last one counts whole, so this is the last that ends no later than asked.
 *
 * @throws GatewayError INVALID_INPUT where not even today would
 */
export const toLastDay = (validUntil: Date, now: Date): string => {
  const day = swedishDay.format(Math.min(validUntil.getTime(), LAST_NOON_MS))
  const before = new Date(Date.parse(`${day}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10)
  if (before >= swedishDay.format(now)) return before
  throw invalidInput(
    'Insurely counts in whole days: the access must not end before tomorrow, Swedish time.',
    'input',
    'access',
    'validity',
  )
}

/** `sv`, `sv_se` -> `sv-SE`; undefined for what is no locale: it only chooses the language. */
const toLocale = (locale: string | null): string | undefined => {
  if (locale === null) return undefined
  try {
    const { language, region } = new Intl.Locale(locale.trim().replaceAll('_', '-')).maximize()
    return /^[a-z]{2}$/.test(language) && /^[A-Z]{2}$/.test(region ?? '') ? `${language}-${region}` : undefined
  } catch {
    // Not a locale by BCP 47; the bank then uses its own.
    return undefined
  }
}

/** What is sent: the only place where the personal number goes. */
export const toBody = (request: StartRequest, offered: readonly string[] | null): CreateConsentBody => {
  const { access, institutionRef: company, psu, supportedSteps, validUntil, now } = request
  if (company === null) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'This provider has no page to choose an institution on: name one with `institutionId`.',
      path: ['input', 'target', 'provider'],
    })
  }
  const wish = parseLoginMethod(request.options)
  const loginMethod = chooseLoginMethod({ loginMethod: wish, device: psu.device, supportedSteps, offered })
  const personalNumber = toPersonalNumber(psu)
  checkAccess(access)
  const psuLocale = toLocale(psu.locale)
  return {
    company,
    loginMethod,
    parameters: [
      {
        type: 'PSD2_AIS_CONSENT',
        ...(access.accountIds !== null && { accountIds: access.accountIds }),
        balances: access.balances ?? true,
        transactions: access.transactions ?? true,
        ...(psu.ipAddress !== null && { psuIpAddress: psu.ipAddress }),
        ...(psuLocale !== undefined && { psuLocale }),
        ...(validUntil !== null && { validUntil: toLastDay(validUntil, now) }),
      },
      { type: 'SWEDISH_BANKID', personalNumber },
    ],
  }
}

/** What is kept of a request: no personal number. */
export const toDraft = ({ institutionRef, psu, returnTo }: StartRequest): Draft => ({
  company: institutionRef ?? '',
  language: toLanguage(psu.locale),
  redirect: returnTo?.success ?? null,
})
