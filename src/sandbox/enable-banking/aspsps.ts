import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { wrongParameters } from './refusal.ts'

export type PsuType = 'personal' | 'business'

export interface Credential {
  readonly name: string
  readonly title: string
  readonly required: boolean
  /** A regular expression. */
  readonly template?: string
}

export interface AuthMethod {
  readonly name: string
  readonly title: string
  readonly psu_type: PsuType
  readonly approach: 'REDIRECT' | 'DECOUPLED' | 'EMBEDDED'
  readonly hidden_method: boolean
  readonly credentials?: readonly Credential[]
}

/** What a bank does that others do not, beside what the end of its name makes it do. */
export type Quirk = 'ONE_CONSENT_PER_PSU' | 'ACCOUNTS_COME_LATER' | 'NO_LINKED_ACCOUNTS' | 'DOWN'

export interface Aspsp {
  readonly name: string
  readonly country: string
  readonly psuTypes: readonly PsuType[]
  readonly authMethods: readonly AuthMethod[]
  readonly maxConsentSeconds: number
  readonly requiredPsuHeaders: readonly string[]
  readonly quirk: Quirk | null
}

const daySeconds = 86_400

const redirectFor = (psuType: PsuType): AuthMethod => ({
  name: `redirect_${psuType}`,
  title: 'Log in at the bank',
  psu_type: psuType,
  approach: 'REDIRECT',
  hidden_method: false,
})

function bank(name: string, country: string, more: Partial<Aspsp> = {}): Aspsp {
  const psuTypes = more.psuTypes ?? ['personal']
  return {
    name,
    country,
    psuTypes,
    authMethods: psuTypes.map(redirectFor),
    maxConsentSeconds: 180 * daySeconds,
    requiredPsuHeaders: [],
    quirk: null,
    ...more,
  }
}

const bankId: AuthMethod = {
  name: 'bankid_mobile',
  title: 'BankID on a phone',
  psu_type: 'personal',
  approach: 'DECOUPLED',
  hidden_method: true,
  credentials: [{ name: 'userId', title: 'Personal number', required: true, template: '^\\d{12}$' }],
}

const passwordAtBank: AuthMethod = {
  name: 'password',
  title: 'User name and password',
  psu_type: 'personal',
  approach: 'EMBEDDED',
  hidden_method: false,
  credentials: [
    { name: 'userId', title: 'User name', required: true },
    { name: 'password', title: 'Password', required: false },
  ],
}

const ASPSPS: readonly Aspsp[] = [
  ...['DE', 'FI', 'SE'].map((country) => bank('Mock ASPSP', country, { psuTypes: ['personal', 'business'] })),
  bank('Sandbox Redirect', 'FI'),
  bank('Sandbox 90 Days', 'FI', { maxConsentSeconds: 90 * daySeconds }),
  bank('Sandbox Business', 'DE', { psuTypes: ['business'] }),
  bank('Sandbox BankID', 'SE', { authMethods: [redirectFor('personal'), bankId] }),
  bank('Sandbox Embedded', 'DE', { authMethods: [passwordAtBank] }),
  bank('Sandbox PSU Headers', 'FI', { requiredPsuHeaders: ['Psu-Ip-Address', 'Psu-User-Agent'] }),
  bank('Sandbox One Consent', 'SE', { quirk: 'ONE_CONSENT_PER_PSU' }),
  bank('Sandbox Late Accounts', 'FI', { quirk: 'ACCOUNTS_COME_LATER' }),
  bank('Sandbox No Accounts', 'FI', { quirk: 'NO_LINKED_ACCOUNTS' }),
  bank('Sandbox Down', 'FI', { quirk: 'DOWN' }),
  ...['slow', '429', '5xx', 'weird-status', 'expires-soon'].map((suffix) => bank(`Sandbox Redirect-${suffix}`, 'FI')),
]

export function findAspsp(name: string, country: string): Aspsp | undefined {
  return ASPSPS.find((aspsp) => aspsp.name === name && aspsp.country === country)
}

const filters = {
  country: /^[A-Z]{2}$/,
  psu_type: /^(personal|business)$/,
  service: /^(AIS|PIS)$/,
} as const

export function listAspsps({ query, origin }: SimulatorRequest): Reply {
  for (const [name, form] of Object.entries(filters)) {
    const value = query.get(name)
    if (value !== null && !form.test(value)) throw wrongParameters(`Wrong value of ${name}`)
  }
  const country = query.get('country')
  const psuType = query.get('psu_type')
  const found = ASPSPS.filter(
    (aspsp) =>
      (country === null || aspsp.country === country) &&
      (psuType === null || aspsp.psuTypes.some((type) => type === psuType)) &&
      query.get('service') !== 'PIS',
  )
  return json(200, { aspsps: found.map((aspsp) => toAspspData(aspsp, origin)) })
}

function toAspspData(aspsp: Aspsp, origin: string) {
  const { name, country, psuTypes, authMethods, maxConsentSeconds, requiredPsuHeaders } = aspsp
  return {
    name,
    country,
    logo: `${origin}/logos/${country}/${encodeURIComponent(name)}`,
    psu_types: psuTypes,
    auth_methods: authMethods,
    maximum_consent_validity: maxConsentSeconds,
    beta: false,
    bic: 'MOCKFIHH',
    ...(requiredPsuHeaders.length > 0 && { required_psu_headers: requiredPsuHeaders }),
    payments: [],
    ...(name.startsWith('Sandbox') && { group: { name: 'Sandbox', logo: `${origin}/logos/group` } }),
  }
}

/** A coloured square with the bank's initials. */
export function drawLogo({ params }: SimulatorRequest): Reply {
  const letters = (params['name'] ?? '').replaceAll(/[^A-Z0-9]/g, '').slice(0, 2)
  const body = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#275"/><text x="32" y="41" font-family="sans-serif" font-size="26" fill="#fff" text-anchor="middle">${letters}</text></svg>`
  return { status: 200, headers: { 'Content-Type': 'image/svg+xml', 'X-Content-Type-Options': 'nosniff' }, body }
}
