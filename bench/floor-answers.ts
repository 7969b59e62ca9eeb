/** The floor's answers: the same JSON as the gateway's. */
import { createHash, randomBytes } from 'node:crypto'
import { toInstitutionId } from '../src/domain/institution.ts'
import type { ProviderId } from '../src/domain/provider-id.ts'
import type { Said } from './floor-dialects.ts'
import type { FloorProviders } from './floor-providers.ts'
import type { StoredRow, StoredUser } from './floor-rows.ts'
import type { Write } from './floor-store.ts'

const toTime = (at: number): string => new Date(at).toISOString()

const toReport = (id: string, outcome: 'LIVE' | 'CACHED', at: number) => ({
  provider: { id },
  outcome,
  observedAt: toTime(at),
  stale: false,
})
type Report = ReturnType<typeof toReport>

const toKnown = (row: StoredRow) => ({
  id: row.id,
  status: row.status,
  statusReason: row.status_reason,
  isFinal: false,
  version: row.version,
  provider: { id: row.provider },
  providerConsentId: row.provider_consent_id,
  createdAt: toTime(row.created_at),
  authorizedAt: toTime(row.authorized_at),
})

export const toStored = (row: StoredRow) => {
  const { raw, recognized } = JSON.parse(row.provider_status) as { readonly raw: string; readonly recognized: boolean }
  const { permissions, accountIds, validFrom, validUntil } = JSON.parse(row.access) as Readonly<Record<string, unknown>>
  return {
    ...toKnown(row),
    expiresAt: toTime(row.expires_at),
    providerStatus: { raw, recognized },
    access: { permissions, accountIds, validFrom, validUntil },
    source: toReport(row.provider, 'CACHED', row.seen_at),
  }
}

const toLive = (row: StoredRow, said: Said, source: Report) => ({
  ...toKnown(row),
  status: said.status,
  expiresAt: said.expiresAt,
  providerStatus: { raw: said.raw, recognized: true },
  access: {
    permissions: said.permissions,
    accountIds: said.accountIds,
    validFrom: said.validFrom,
    validUntil: said.expiresAt,
  },
  source,
})

/** As every provider says just now; all are asked at the same time. */
export const readLive = async (providers: FloorProviders, rows: readonly StoredRow[], requestId: string) => {
  const read = await Promise.all(
    [...Map.groupBy(rows, ({ provider }) => provider)].map(async ([id, own]) => {
      const said = await providers.of(id).read(own, requestId)
      return { id, own, said, report: toReport(id, 'LIVE', Date.now()) }
    }),
  )
  const byId = new Map(
    read.flatMap(({ own, said, report }) =>
      own.flatMap((row, index) => {
        const one = said[index]
        return one === undefined ? [] : [[row.id, toLive(row, one, report)] as const]
      }),
    ),
  )
  return { consents: rows.map(({ id }) => byId.get(id)), sources: read.map(({ report }) => report) }
}

export const toDashboard = async (
  providers: FloorProviders,
  user: StoredUser,
  rows: readonly StoredRow[],
  requestId: string,
) => {
  const oldest = new Map<string, number>()
  const nodes = await Promise.all(
    rows.map(async (row) => {
      const { id, provider: of, institution_ref: ref, seen_at: seenAt } = row
      oldest.set(of, Math.min(oldest.get(of) ?? seenAt, seenAt))
      const provider = providers.of(of)
      const institution = provider.institution(ref)
      const accounts = await provider.accounts(row, requestId)
      return {
        id,
        status: row.status,
        isFinal: false,
        primaryAction: 'NONE',
        createdAt: toTime(row.created_at),
        expiresAt: toTime(row.expires_at),
        provider: { id: of, displayName: provider.displayName },
        institution: institution && { id: toInstitutionId({ provider: of as ProviderId, ref }), ...institution },
        accounts: {
          nodes: accounts.nodes,
          source: toReport(of, accounts.isNew ? 'LIVE' : 'CACHED', accounts.at ?? seenAt),
        },
      }
    }),
  )
  return {
    id: user.id,
    externalId: user.external_id,
    createdAt: toTime(user.created_at),
    consents: {
      nodes,
      pageInfo: { hasNextPage: false },
      sources: [...oldest].map(([id, at]) => toReport(id, 'CACHED', at)),
    },
  }
}

interface StartInput {
  readonly target: { readonly institutionId: string }
  readonly returnTo: { readonly success: string }
}

/** What is asked of Enable Banking by default: 180 days less one. */
const CONSENT_MS = 179 * 86_400_000
const SESSION_MS = 15 * 60_000

const newId = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`

/** Stores the attempt, asks the provider, stores the answer: what is not known by name could not be found again. */
export const startAuthorization = async (
  providers: FloorProviders,
  commit: (write: Write) => Promise<unknown>,
  { client_id: clientId, id: userId }: StoredUser,
  { target: { institutionId }, returnTo }: StartInput,
  requestId: string,
) => {
  const provider = 'ENABLE_BANKING'
  const ref = Buffer.from(institutionId.slice(4), 'base64url')
    .toString()
    .slice(provider.length + 1)
  const institution = providers.of(provider).institution(ref)
  if (institution === null) throw new Error(`no such institution: ${ref}`)
  const { name, country } = institution
  const at = Date.now()
  const [consentId, sessionId, state] = [newId('con'), newId('aus'), randomBytes(32).toString('base64url')]
  const owner = { clientId, userId, provider, consentId, sessionId }
  const validUntil = toTime(at + CONSENT_MS)
  await commit({
    ...owner,
    kind: 'STARTED',
    institutionRef: ref,
    stateHash: createHash('sha256').update(state).digest('hex'),
    returnTo: JSON.stringify(returnTo),
    requestedAccess: JSON.stringify({ balances: true, transactions: true, validUntil }),
    at,
    endsAt: at + SESSION_MS,
  })
  const body = {
    access: { valid_until: validUntil.replace('Z', '+00:00'), balances: true, transactions: true },
    aspsp: { name, country },
    state,
    redirect_url: 'https://bench.example/callback/enableBanking',
    psu_type: 'personal',
    psu_id: userId,
  }
  const { url, authorization_id: authorizationId } = await providers.startAuthorization(body, requestId)
  await commit({ ...owner, kind: 'AWAITING', authorizationId, at: Date.now() })
  return {
    authSession: {
      id: sessionId,
      sessionStatus: 'AWAITING_USER',
      sessionExpiresAt: toTime(at + SESSION_MS),
      nextStep: { id: newId('stp'), kind: 'REDIRECT', url },
      consent: {
        id: consentId,
        status: 'AWAITING_AUTHORIZATION',
        createdAt: toTime(at),
        provider: { id: provider },
        institution: { id: institutionId, name },
      },
    },
    userErrors: [],
  }
}
