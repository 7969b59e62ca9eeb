import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CONSENT, EVENTS, type FlowConsent, type FlowEvent, OF_USER, REVOKE } from './flow-documents.ts'
import { type Connected, fourWays, openScene, type Scene } from './four-ways.ts'
import type { LiveStream } from './live-client.ts'

const WAYS = fourWays()
const USER = 'everywhere'

/** Of each simulator, in its own words: what one authorization and one revocation leave behind there. */
const LEDGERS = {
  OTP: { made: 'consent.created', ended: 'consent.revoked' },
  REDIRECT: { made: 'authorization.started', ended: 'session.closed' },
  HOSTED: { made: 'consent.granted', ended: 'consent.revoked' },
  BANKID: { made: 'consent.created', ended: 'consent.revoked' },
} as const

let scene: Scene
let events: LiveStream<FlowEvent>
const seen: FlowEvent[] = []
const connected: Connected[] = []

const untilEvent = async (wanted: (event: FlowEvent) => boolean): Promise<FlowEvent> => {
  for (;;) {
    const event = seen.find(wanted)
    if (event !== undefined) return event
    seen.push(await events.next())
  }
}

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser(USER)
  events = scene.live.subscribe<{ consentEvents: FlowEvent }, 'consentEvents'>('consentEvents', EVENTS, {
    user: { externalId: USER },
  })
  expect(await events.next()).toEqual({ __typename: 'ConsentSnapshot' })
})
afterAll(() => scene[Symbol.asyncDispose]())

test('no document names a provider, or what only one of them understands', () => {
  for (const document of [CONSENT, OF_USER, REVOKE, EVENTS]) {
    expect(document).not.toMatch(/enable.?banking|fiskil|insurely|open.?bank|providerOptions/i)
  }
})

describe.each(WAYS)('$name', (way) => {
  test('is connected, and everybody who listens is told', async () => {
    const connection = await scene.connect(USER, way)
    connected.push(connection)
    const { consentId } = connection
    const told = await untilEvent(({ consent, to }) => consent.id === consentId && to === 'AUTHORIZED')
    expect(told).toMatchObject({ __typename: 'ConsentStatusChanged', consent: { id: consentId } })
  })

  test('answers the same document, with the same words', async () => {
    const { consentId } = connected.at(-1)!
    const { consent } = await scene.gateway.graphql<{ consent: FlowConsent }>(CONSENT, { id: consentId })
    expect(consent).toMatchObject({
      status: 'AUTHORIZED',
      statusReason: null,
      isFinal: false,
      primaryAction: 'NONE',
      provider: { sandbox: true },
      providerStatus: { recognized: true },
      institution: { id: way.institutionId },
      requestedAccess: { balances: true, transactions: true },
      source: { outcome: 'LIVE', stale: false, problem: null },
      currentSession: null,
    })
    for (const field of ['expiresAt', 'authorizedAt', 'providerConsentId']) {
      expect(consent).toHaveProperty(field, expect.any(String))
    }
    expect(consent.institution.steps.length).toBeGreaterThan(0)
    expect(consent.accounts.nodes.length > 0).toBe(consent.provider.capabilities.accounts)
    expect(consent.accounts.source.outcome).toBe(consent.provider.capabilities.accounts ? 'LIVE' : 'CACHED')
  })

  test('has one history and one explanation of it', async () => {
    const { consentId } = connected.at(-1)!
    const { consent } = await scene.gateway.graphql<{ consent: FlowConsent }>(CONSENT, { id: consentId })
    const moves = consent.history.nodes.flatMap(({ to }) => to ?? [])
    expect(moves).toEqual(['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED'])
    expect(consent.explain.nodes.filter(({ applied }) => applied).map(({ to }) => to)).toEqual(moves)
    const told = seen.filter((event) => event.consent?.id === consentId).map(({ id }) => id)
    expect(consent.history.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(told))
  })
})

test('a person has four consents in one list, and is told of each who answered', async () => {
  const { user } = await scene.gateway.graphql<{ user: { consents: { nodes: { id: string }[] } } }>(OF_USER, {
    user: { externalId: USER },
  })
  expect(user.consents).toMatchObject({
    totalCount: 4,
    nodes: connected.toReversed().map(({ consentId, way }) => ({
      id: consentId,
      status: 'AUTHORIZED',
      institution: { id: way.institutionId },
      source: { outcome: 'LIVE' },
    })),
  })
  const providers = ['ENABLE_BANKING', 'FISKIL', 'INSURELY', 'OPEN_BANK_PROJECT']
  const sources = (user.consents as unknown as { sources: { provider: { id: string } }[] }).sources
  expect(sources.toSorted((a, b) => a.provider.id.localeCompare(b.provider.id))).toEqual(
    providers.map((id) => ({ provider: { id }, outcome: 'LIVE', stale: false, problem: null })),
  )
})

describe.each(WAYS)('$name', ({ name }) => {
  const connection = (): Connected => connected.find(({ way }) => way.name === name)!

  test('is taken back, at the bank too', async () => {
    const { consentId } = connection()
    const revoked = await scene.gateway.graphql(REVOKE, { input: { consentId } })
    expect(revoked).toEqual({
      revokeConsent: {
        consent: {
          status: 'REVOKED',
          statusReason: 'REVOKED_BY_CLIENT',
          primaryAction: 'NONE',
          revocation: { state: 'CONFIRMED', attempts: 1, lastProblem: null },
        },
        userErrors: [],
      },
    })
    const confirmed = await untilEvent(
      ({ consent, revocation }) => consent.id === consentId && revocation?.state === 'CONFIRMED',
    )
    expect(confirmed.__typename).toBe('ConsentRevocationProgressed')
  })

  test('was made once at the bank, and ended once', async () => {
    const { simulator } = connection()
    const { made, ended } = LEDGERS[name as keyof typeof LEDGERS]
    expect(await simulator.ledger(made)).toHaveLength(1)
    expect(await simulator.ledger(ended)).toHaveLength(1)
  })
})
