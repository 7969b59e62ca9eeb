import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ProviderInstitution, StartRequest } from '../../domain/provider.ts'
import { parseRef } from './institutions.ts'
import { parseOptions } from './options.ts'
import { checkPsu } from './psu.ts'
import type { AccountReference, AspspName, AuthBody } from './wire.ts'

const ACCOUNTS_PATH = ['input', 'access', 'accountIds'] as const

/** ISO 13616: country, two check digits, up to 30 characters; the whole is 1 modulo 97. */
const isIban = (text: string): boolean => {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false
  const digits = `${text.slice(4)}${text.slice(0, 4)}`.replaceAll(/[A-Z]/g, (letter) =>
    String(Number.parseInt(letter, 36)),
  )
  return BigInt(digits) % 97n === 1n
}

/** An IBAN, or `SCHEME:identification` for accounts that have none: `BBAN:12345`. */
const toAccountReference = (id: string): AccountReference => {
  const iban = id.replaceAll(/\s/g, '').toUpperCase()
  if (isIban(iban)) return { iban }
  const [, scheme, identification] = /^([A-Z]{2,35}):(\S.{0,127})$/.exec(id) ?? []
  if (scheme === undefined || identification === undefined) {
    throw invalidInput(
      'Name an account by its IBAN, or as `SCHEME:identification`, e.g. `BBAN:12345`.',
      ...ACCOUNTS_PATH,
    )
  }
  return { other: { identification, scheme_name: scheme } }
}

const toAspspName = (ref: string | null): AspspName => {
  if (ref === null) {
    throw invalidInput(
      'Enable Banking has no page to choose an institution: name one.',
      'input',
      'target',
      'institutionId',
    )
  }
  const name = parseRef(ref)
  if (name !== null) return name
  throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path: ['input', 'target', 'institutionId'] })
}

/** `sv-SE` -> `sv`; a locale that names no language of two letters is left to the bank. */
const toLanguage = (locale: string | null): string | undefined =>
  /^[a-z]{2}(?=$|[-_])/i.exec(locale ?? '')?.[0].toLowerCase()

/**
 * Everything that can be refused without a call.
 *
 * @param institution what Enable Banking last listed under the name, if it was ever asked
 * @throws GatewayError INVALID_INPUT, NOT_FOUND, STEP_UNSUPPORTED or CAPABILITY_NOT_SUPPORTED
 */
export const toAuthBody = (request: StartRequest, institution: ProviderInstitution | undefined): AuthBody => {
  const { access, psu, validUntil } = request
  const aspsp = toAspspName(request.institutionRef)
  if (!request.supportedSteps.includes('REDIRECT')) {
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: 'Enable Banking sends the person to the bank: this needs REDIRECT.',
      path: ['input', 'supportedSteps'],
    })
  }
  if (access.permissions.length > 0) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'Enable Banking knows no permissions beside `balances` and `transactions`.',
      path: ['input', 'access', 'permissions'],
    })
  }
  if (validUntil === null) {
    throw invalidInput('Enable Banking needs an end: name one.', 'input', 'access', 'validity')
  }
  if (institution !== undefined && !institution.psuTypes.includes(psu.type)) {
    const serves = institution.psuTypes.join(' and ')
    throw invalidInput(`This institution serves ${serves || 'nobody'}.`, 'input', 'psu', 'type')
  }
  checkPsu(psu, institution?.requiredPsuFields ?? [])
  const language = toLanguage(psu.locale)
  return {
    access: {
      // The reference writes the offset in digits.
      valid_until: validUntil.toISOString().replace('Z', '+00:00'),
      ...(access.balances !== null && { balances: access.balances }),
      ...(access.transactions !== null && { transactions: access.transactions }),
      ...(access.accountIds !== null && { accounts: access.accountIds.map(toAccountReference) }),
    },
    aspsp,
    state: request.state,
    redirect_url: request.callbackUrl,
    psu_type: psu.type === 'BUSINESS' ? 'business' : 'personal',
    ...parseOptions(request.options),
    ...(language !== undefined && { language }),
    psu_id: request.userId,
  }
}
