/** What the floor asks each provider, and what the answers mean. */
import { BENCH_TOKEN, obpTokenOf } from './double-answer.ts'
import { parseSegment } from './floor-caller.ts'
import type { StoredRow } from './floor-rows.ts'

/** What a provider says of a consent. Instants are ISO strings. */
export interface Said {
  readonly status: string
  readonly raw: string
  readonly expiresAt: string
  readonly permissions: readonly string[]
  readonly accountIds: readonly string[]
  readonly validFrom: string | null
}

export interface FloorInstitution {
  readonly name: string
  readonly country: string | null
  readonly logoUrl: string | null
}

export interface FloorAccount {
  readonly id: string
  readonly name: string
  readonly maskedNumber: string
  readonly currency: string | null
}

export interface Call {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Sent with POST. */
  readonly body?: string
}

/** What the floor knows of one provider. */
export interface Dialect {
  /** Where one answer serves several consents, they have one key. */
  listKey(row: StoredRow): string
  toRead(row: StoredRow): Call
  /** @throws Error where the answer does not tell of the consent */
  toSaid(answer: unknown, row: StoredRow): Said
  readonly institutions: Call
  toInstitutions(answer: unknown): readonly (readonly [ref: string, institution: FloorInstitution])[]
  /** Null where accounts are not to be had. */
  readonly accounts: {
    toRead(row: StoredRow, secrets: unknown): Call
    toAccounts(answer: unknown, row: StoredRow, secrets: unknown): readonly FloorAccount[]
  } | null
}

const toTime = (at: number): string => new Date(at).toISOString()
const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]

export const ENABLE_BANKING_HEADERS = { authorization: `Bearer ${BENCH_TOKEN}`, accept: 'application/json' }
const FISKIL_HEADERS = { authorization: 'Bearer a.fiskil.token', 'x-fiskil-version': 'v3', accept: 'application/json' }
const INSURELY_HEADERS = {
  'insurely-version': '2026-04-01',
  'authorization-token': BENCH_TOKEN,
  accept: 'application/json',
}
const OBP_ROOT = '/obp/v3.1.0'

const found = <One>(one: One | undefined, { provider_consent_id: id }: StoredRow): One => {
  if (one === undefined) throw new Error(`the provider does not list ${id}`)
  return one
}

interface Session {
  readonly status: string
  readonly accounts: readonly string[]
  readonly access: { readonly valid_until: string }
}
const ENABLE_BANKING_STATUSES: Readonly<Record<string, string>> = { AUTHORIZED: 'AUTHORIZED', CLOSED: 'REVOKED' }

export const enableBanking: Dialect = {
  listKey: ({ id }) => id,
  toRead: ({ provider_consent_id: id }) => ({ path: `/sessions/${id}`, headers: ENABLE_BANKING_HEADERS }),
  toSaid: (answer) => {
    const { status, accounts, access } = answer as Session
    return {
      status: ENABLE_BANKING_STATUSES[status] ?? '',
      raw: status,
      expiresAt: new Date(access.valid_until).toISOString(),
      permissions: [],
      accountIds: accounts.toSorted(),
      validFrom: null,
    }
  },
  institutions: { path: '/aspsps?service=AIS', headers: ENABLE_BANKING_HEADERS },
  toInstitutions: (answer) => {
    const { aspsps } = answer as {
      readonly aspsps: readonly { readonly name: string; readonly country: string; readonly logo: string }[]
    }
    return aspsps.map(({ name, country, logo }) => [`${country}:${name}`, { name, country, logoUrl: logo }])
  },
  accounts: {
    toRead: ({ provider_consent_id: id }) => ({ path: `/sessions/${id}`, headers: ENABLE_BANKING_HEADERS }),
    toAccounts: (answer, _, secrets) => {
      const listed = (answer as Session).accounts
      return (secrets as { readonly accounts: readonly FloorAccount[] }).accounts
        .filter(({ id }) => listed.includes(id))
        .map(({ id, name, maskedNumber, currency }) => ({ id, name, maskedNumber, currency }))
    },
  },
}

interface Arrangement {
  readonly arrangement_id: string
  readonly active: boolean
  readonly account_ids: readonly string[]
  readonly created_at: string
  readonly expires_at: string
  readonly permissions: readonly string[]
}

export const fiskil: Dialect = {
  listKey: ({ ref }) => ref ?? '',
  toRead: ({ ref }) => ({ path: `/v1/consent?end_user_id=${ref}`, headers: FISKIL_HEADERS }),
  toSaid: (answer, row) => {
    const { consents } = answer as { readonly consents: readonly Arrangement[] }
    const one = found(
      consents.find((consent) => consent.arrangement_id === row.provider_consent_id),
      row,
    )
    return {
      status: one.active ? 'AUTHORIZED' : 'REVOKED',
      raw: `active: ${one.active}`,
      expiresAt: new Date(one.expires_at).toISOString(),
      permissions: one.permissions.toSorted(),
      accountIds: one.account_ids.toSorted(),
      validFrom: new Date(one.created_at).toISOString(),
    }
  },
  institutions: { path: '/v1/institutions?industry=banking&client_id=bench', headers: FISKIL_HEADERS },
  toInstitutions: (answer) => {
    const { institutions } = answer as {
      readonly institutions: readonly { readonly id: string; readonly name: string; readonly logo: string }[]
    }
    return institutions.map(({ id, name, logo }) => [id, { name, country: 'AU', logoUrl: logo }])
  },
  accounts: {
    toRead: ({ ref }) => ({
      path: `/v1/banking/accounts?end_user_id=${ref}&page%5Bsize%5D=1000`,
      headers: FISKIL_HEADERS,
    }),
    toAccounts: (answer, { provider_consent_id: id }) =>
      (answer as { readonly accounts: readonly Readonly<Record<string, string>>[] }).accounts
        .filter((account) => account['arrangement_id'] === id)
        .map((account) => ({
          id: account['fiskil_id'] ?? '',
          name: account['display_name'] ?? '',
          maskedNumber: `•••• ${account['masked_number']?.slice(-4)}`,
          currency: account['currency'] ?? null,
        })),
  },
}

interface Listed {
  readonly consentId: string
  readonly status: string
  readonly expiresAt: string
  readonly scope: { readonly accountIds: readonly string[] }
}

export const insurely: Dialect = {
  listKey: ({ ref }) => ref ?? '',
  toRead: ({ ref }) => ({ path: `/users/${ref}/consents`, headers: INSURELY_HEADERS }),
  toSaid: (answer, row) => {
    const { status, expiresAt, scope } = found(
      (answer as readonly Listed[]).find(({ consentId }) => consentId === row.provider_consent_id),
      row,
    )
    return {
      status,
      raw: status,
      expiresAt: new Date(expiresAt).toISOString(),
      permissions: [],
      accountIds: scope.accountIds,
      validFrom: null,
    }
  },
  institutions: { path: '/companies/availability', headers: INSURELY_HEADERS },
  toInstitutions: (answer) =>
    (answer as readonly { readonly company: string; readonly companyDisplayName: string }[]).map(
      ({ company, companyDisplayName: name }) => [
        company,
        { name, country: company.slice(0, 2).toUpperCase(), logoUrl: null },
      ],
    ),
  accounts: null,
}

interface Claims {
  readonly exp: number
  readonly nbf: number
  readonly views: readonly { readonly account_id: string; readonly view_id: string }[]
  readonly entitlements: readonly { readonly role_name: string }[]
}
interface ObpAccount {
  readonly id: string
  readonly label: string
  readonly account_routings: readonly { readonly address: string }[]
}
const OBP_STATUSES: Readonly<Record<string, string>> = { INITIATED: 'AWAITING_AUTHORIZATION', ACCEPTED: 'AUTHORIZED' }

export const openBankProject: Dialect = {
  listKey: ({ user_id: userId }) => userId,
  toRead: ({ institution_ref: bank, user_id: userId }) => ({
    path: `${OBP_ROOT}/banks/${bank}/my/consents`,
    headers: { directlogin: `token=${obpTokenOf(userId)}`, accept: 'application/json' },
  }),
  toSaid: (answer, row) => {
    const { consents } = answer as {
      readonly consents: readonly { readonly consent_id: string; readonly jwt: string; readonly status: string }[]
    }
    const { jwt, status } = found(
      consents.find((consent) => consent.consent_id === row.provider_consent_id),
      row,
    )
    const { exp, nbf, views, entitlements } = parseSegment(jwt.split('.')[1] ?? '') as Claims
    return {
      status: OBP_STATUSES[status] ?? '',
      raw: status,
      expiresAt: toTime(exp * 1000),
      permissions: unique([...views.map((view) => view.view_id), ...entitlements.map((role) => role.role_name)]),
      accountIds: unique(views.map((view) => view.account_id)),
      validFrom: toTime(nbf * 1000),
    }
  },
  institutions: { path: `${OBP_ROOT}/banks`, headers: { accept: 'application/json' } },
  toInstitutions: (answer) => {
    const { banks } = answer as { readonly banks: readonly { readonly id: string; readonly full_name: string }[] }
    return banks.map(({ id, full_name: name }) => [id, { name, country: null, logoUrl: null }])
  },
  accounts: {
    toRead: (_, secrets) => ({
      path: `${OBP_ROOT}/my/accounts`,
      headers: { 'Consent-JWT': (secrets as { readonly jwt: string }).jwt, 'Consumer-Key': 'bench' },
    }),
    toAccounts: (answer) =>
      (answer as { readonly accounts: readonly ObpAccount[] }).accounts.map(
        ({ id, label, account_routings: [one] }) => ({
          id,
          name: label,
          maskedNumber: `*** ${one?.address.slice(-4)}`,
          currency: null,
        }),
      ),
  },
}
