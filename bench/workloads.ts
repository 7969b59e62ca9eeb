/** What is asked of the gateway in GraphQL, and of the floor by address; both answer with the same JSON. */

/**
 * One connection of the load generator for each seat, one request at a time on it. Each has people and banks of its own: the
 * gateway shares equal reads that are in flight at the same time, and here every request is to make its own upstream calls. Where
 * a load does not wait for answers there are as many different ones as can be in flight.
 */
export const SEATS = 8
export const CONSENTS_OF_ONE_PROVIDER = 8
export const PEOPLE_WITH_FOUR = 8
export const CONSENTS_ON_A_DASHBOARD = 20
/** Tells the calls that the load causes from those that the gateway makes on its own schedule. */
export const LOAD_REQUEST_ID = 'bench-load'
/** A provider that takes its time. */
export const UPSTREAM_DELAY_MS = 20
/** Where a person is sent in the end. */
export const RETURN_TO = 'https://app.example/done'

export type CredentialKind = 'USER_TOKEN' | 'API_KEY'

export interface SeededUser {
  readonly id: string
  readonly token: string
  readonly consentIds: readonly string[]
}

/** Who asks on one connection. */
export interface Seat {
  /** Has some consents at Enable Banking. */
  readonly one: SeededUser
  /** Have one consent at each provider. */
  readonly four: readonly SeededUser[]
  /** Has as many as a dashboard shows, a quarter at each provider. */
  readonly many: SeededUser
  /** At Enable Banking. */
  readonly institutionId: string
}

export interface Target {
  /** At least. */
  readonly throughput: number
  /** At most; null: none is set. */
  readonly cpu: number | null
}

export interface Ask {
  readonly user: SeededUser
  readonly variables: Readonly<Record<string, unknown>>
  /** For the floor. */
  readonly path: string
  /** Every answer holds them all. */
  readonly expects: readonly string[]
}

export interface Workload {
  readonly title: string
  /** For each request. */
  readonly upstreamCalls: number
  /** Calls whose answers are kept for two minutes, for each seat: made at most so often. */
  readonly keptCalls: number
  /** It changes something: the floor is sent the variables, and answers name what was made. */
  readonly changes: boolean
  /** Measured with a slow provider, too. */
  readonly slow: boolean
  /** Null where none is set for it. */
  readonly target: Target | null
  readonly query: string
  /** What one connection asks, in turn. */
  asks(seat: Seat): readonly Ask[]
}

const CONSENT = `
  id status statusReason isFinal version provider { id } providerConsentId createdAt authorizedAt expiresAt
  providerStatus { raw recognized }
  access { permissions accountIds validFrom validUntil }
  source { ...Report }`
const REPORT = 'fragment Report on SourceReport { provider { id } outcome observedAt stale }'
const ONE = `query ($id: ID!, $maxAge: Int!) { consent(id: $id, maxAgeSeconds: $maxAge) {${CONSENT} } } ${REPORT}`
const ALL = `query ($id: ID!) {
  user(ref: { id: $id }) { id consents(maxAgeSeconds: 0) { nodes {${CONSENT} } sources { ...Report } } }
} ${REPORT}`
const DASHBOARD = `query ($id: ID!) {
  user(ref: { id: $id }) {
    id externalId createdAt
    consents(first: ${CONSENTS_ON_A_DASHBOARD}, maxAgeSeconds: 86400) {
      nodes {
        id status isFinal primaryAction createdAt expiresAt
        provider { id displayName }
        institution { id name country logoUrl }
        accounts { nodes { id name maskedNumber currency } source { ...Report } }
      }
      pageInfo { hasNextPage }
      sources { ...Report }
    }
  }
} ${REPORT}`
const START = `mutation ($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) {
    authSession {
      id sessionStatus sessionExpiresAt
      nextStep { id kind ... on RedirectStep { url } }
      consent { id status createdAt provider { id } institution { id name } }
    }
    userErrors { ... on UserError { code message } }
  }
}`

const LIVE = '"outcome":"LIVE"'
const CACHED = '"outcome":"CACHED"'

export const WORKLOADS: readonly Workload[] = [
  {
    title: '`consent(id)`, live',
    upstreamCalls: 1,
    keptCalls: 0,
    changes: false,
    slow: true,
    target: { throughput: 0.7, cpu: 1.6 },
    query: ONE,
    asks: ({ one: user }) =>
      user.consentIds.map((id) => ({
        user,
        variables: { id, maxAge: 0 },
        path: `/consents/${id}?live`,
        // Where the provider is not reached, the gateway answers as well, from what it knows: that would be another workload.
        expects: [id, LIVE],
      })),
  },
  {
    title: '`consent(id)`, from the store',
    upstreamCalls: 0,
    keptCalls: 0,
    changes: false,
    slow: false,
    target: { throughput: 0.6, cpu: null },
    query: ONE,
    asks: ({ one: user }) =>
      user.consentIds.map((id) => ({
        user,
        variables: { id, maxAge: 86_400 },
        path: `/consents/${id}`,
        expects: [id, CACHED],
      })),
  },
  {
    title: '`user.consents`, four providers',
    upstreamCalls: 4,
    keptCalls: 0,
    changes: false,
    slow: true,
    target: { throughput: 0.75, cpu: 1.35 },
    query: ALL,
    asks: ({ four }) =>
      four.map((user) => ({
        user,
        variables: { id: user.id },
        path: `/users/${user.id}/consents`,
        expects: [...user.consentIds, LIVE],
      })),
  },
  {
    title: 'a dashboard',
    upstreamCalls: 0,
    keptCalls: CONSENTS_ON_A_DASHBOARD,
    changes: false,
    slow: false,
    target: null,
    query: DASHBOARD,
    asks: ({ many: user }) => [
      {
        user,
        variables: { id: user.id },
        path: `/users/${user.id}/dashboard`,
        expects: [...user.consentIds, CACHED],
      },
    ],
  },
  {
    title: '`startAuthorization`',
    upstreamCalls: 1,
    keptCalls: 0,
    changes: true,
    slow: false,
    target: null,
    query: START,
    asks: ({ one: user, institutionId }) => [
      {
        user,
        variables: { input: { user: { id: user.id }, target: { institutionId }, returnTo: { success: RETURN_TO } } },
        path: '/authorizations',
        expects: ['"sessionStatus":"AWAITING_USER"', '"userErrors":[]'],
      },
    ],
  },
]
