/** What is asked of the gateway in GraphQL, and of the floor by address; both answer with the same JSON. */

/**
 * One connection of the load generator for each, one request at a time on it. Each has a bank of its own: the gateway shares
 * equal reads that are in flight at the same time, and here every request is to make its own upstream call.
 */
export const USERS = 8
export const CONSENTS_PER_USER = 3
/** Tells the calls that the load causes from those that the gateway makes on its own schedule. */
export const LOAD_REQUEST_ID = 'bench-load'
/** A provider that takes its time. */
export const UPSTREAM_DELAY_MS = 20

export type CredentialKind = 'USER_TOKEN' | 'API_KEY'

export interface SeededUser {
  readonly id: string
  readonly token: string
  readonly consentIds: readonly string[]
}

export interface Target {
  /** At least. */
  readonly throughput: number
  /** At most; null: none is set. */
  readonly cpu: number | null
}

export interface Workload {
  readonly title: string
  readonly upstreamCalls: 0 | 1
  /** Null where none is set for it. */
  readonly target: Target | null
  readonly query: string
  /** What one connection asks, in turn: the variables for the gateway, the address for the floor. */
  asks(user: SeededUser): readonly { readonly variables: Readonly<Record<string, unknown>>; readonly path: string }[]
}

const CONSENT = `
  id status statusReason isFinal version provider { id } providerConsentId createdAt authorizedAt expiresAt
  providerStatus { raw recognized }
  access { permissions accountIds validFrom validUntil }
  source { ...Report }`
const REPORT = 'fragment Report on SourceReport { provider { id } outcome observedAt stale }'
const ONE = `query ($id: ID!, $maxAge: Int!) { consent(id: $id, maxAgeSeconds: $maxAge) {${CONSENT} } } ${REPORT}`

export const WORKLOADS: readonly Workload[] = [
  {
    title: '`consent(id)`, live',
    upstreamCalls: 1,
    target: { throughput: 0.7, cpu: 1.6 },
    query: ONE,
    asks: ({ consentIds }) => consentIds.map((id) => ({ variables: { id, maxAge: 0 }, path: `/consents/${id}?live` })),
  },
  {
    title: '`consent(id)`, from the store',
    upstreamCalls: 0,
    target: { throughput: 0.6, cpu: null },
    query: ONE,
    asks: ({ consentIds }) => consentIds.map((id) => ({ variables: { id, maxAge: 86_400 }, path: `/consents/${id}` })),
  },
  {
    title: '`user.consents`, live',
    upstreamCalls: 1,
    // The one that is set is for four providers at once; this is one.
    target: null,
    query: `query ($id: ID!) {
      user(ref: { id: $id }) { id consents(maxAgeSeconds: 0) { nodes {${CONSENT} } sources { ...Report } } }
    } ${REPORT}`,
    asks: ({ id }) => [{ variables: { id }, path: `/users/${id}/consents` }],
  },
]
