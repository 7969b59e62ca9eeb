import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OBP_SANDBOX_SEED } from '../../src/sandbox/open-bank-project/seed.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Operations, operationsOf } from './operations.ts'
import { ANSWER, CREATE, REVOKE, type SandboxControl } from './sandbox-control.ts'

/** Jobs look at the clock twice a second. */
const SOON = { timeout: 10_000, interval: 100 } as const
const QUARTER_OF_AN_HOUR_MS = 15 * 60_000

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  gateway = await startGateway()
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface StatusChange {
  readonly from: string
  readonly to: string
  readonly reason: string | null
}

/** The next change of a consent's status, heard from now on. */
const hear = async (consentId: string) => {
  const socket = gateway.live()
  const stream = socket.subscribe<{ consentEvents: StatusChange & { __typename: string } }, 'consentEvents'>(
    'consentEvents',
    `subscription ($filter: ConsentStreamFilter) { consentEvents(filter: $filter) {
      __typename ... on ConsentStatusChanged { from to reason }
    } }`,
    { filter: { consentId } },
  )
  expect((await stream.next()).__typename).toBe('ConsentSnapshot')
  return stream
}

/** What the bank itself did to a consent, oldest first; the code it sent left out. */
const atTheBank = async (providerConsentId: string | null): Promise<readonly string[]> =>
  (await sandbox.ledger(undefined, providerConsentId))
    .map(({ effect, ids }) => (effect === 'challenge.answered' ? `${effect} ${ids['status']}` : effect))
    .filter((effect) => effect !== 'challenge.sent')

describe('without anybody asking', () => {
  test('a consent ends at its time, and everybody is told', async () => {
    const { consent } = await client.authorize({ target: { institutionId: bank('sandbox.otp-expires-soon') } })
    const events = await hear(consent.id)
    await sandbox.advance(61_000)
    expect(await events.next()).toEqual({
      __typename: 'ConsentStatusChanged',
      from: 'AUTHORIZED',
      to: 'EXPIRED',
      reason: 'VALIDITY_ENDED',
    })
    expect(await client.consent(consent.id)).toMatchObject({
      status: 'EXPIRED',
      statusReason: 'VALIDITY_ENDED',
      revocation: null,
    })
  })

  test('a reader never sees a consent alive after its end, whoever is faster', async () => {
    const { consent } = await client.authorize({ target: { institutionId: bank('sandbox.otp-expires-soon') } })
    await sandbox.advance(61_000)
    expect((await client.consent(consent.id))?.status).toBe('EXPIRED')
    const { consents } = await gateway.graphql<{ consents: { nodes: readonly { id: string }[] } }>(
      '{ consents(filter: { status: [AUTHORIZED] }, first: 100) { nodes { id status } } }',
    )
    expect(consents.nodes.map(({ id }) => id)).not.toContain(consent.id)
  })

  test('an authorization that nobody finishes ends, and what the bank has of it is taken back', async () => {
    const begun = await client.begin()
    const events = await hear(begun.consent.id)
    await sandbox.advance(QUARTER_OF_AN_HOUR_MS)
    expect(await events.next()).toMatchObject({ to: 'EXPIRED', reason: 'ABANDONED' })
    await expect
      .poll(() => client.session(begun.session.id), SOON)
      .toMatchObject({ sessionStatus: 'EXPIRED', nextStep: null })
    await expect.poll(async () => (await client.consent(begun.consent.id))?.revocation?.state, SOON).toBe('CONFIRMED')
    expect(await atTheBank(begun.consent.providerConsentId)).toEqual(['consent.created', 'consent.revoked'])
  })

  test('an authorization ends with the consent that it is for', async () => {
    const begun = await client.begin({ target: { institutionId: bank('sandbox.otp-expires-soon') } })
    await sandbox.advance(61_000)
    await expect
      .poll(() => client.session(begun.session.id), SOON)
      .toMatchObject({ sessionStatus: 'EXPIRED', isFinal: true, nextStep: null })
    expect(await client.consent(begun.consent.id)).toMatchObject({ status: 'EXPIRED', statusReason: 'VALIDITY_ENDED' })
  })
})

describe('behind our back', () => {
  /** As the bank's customer, on the bank's own pages. */
  const revokeAtTheBank = async (providerConsentId: string): Promise<void> => {
    const { username, password, consumerKey } = OBP_SANDBOX_SEED
    const login = await fetch(`${sandbox.url}/my/logins/direct`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `DirectLogin username="${username}",password="${password}",consumer_key="${consumerKey}"`,
      },
    })
    const { token } = (await login.json()) as { token: string }
    const path = `/obp/v3.1.0/banks/sandbox.otp/my/consents/${providerConsentId}/revoke`
    const revoked = await fetch(sandbox.url + path, { headers: { authorization: `DirectLogin token="${token}"` } })
    expect(revoked.status).toBe(200)
  }

  test('a revocation at the bank is found by the next read, and told like any other', async () => {
    const { consent } = await client.authorize()
    const events = await hear(consent.id)
    await revokeAtTheBank(consent.providerConsentId!)
    expect(await client.consent(consent.id, 0)).toMatchObject({
      status: 'REVOKED',
      statusReason: 'REVOKED_AT_INSTITUTION',
      revocation: null,
    })
    expect(await events.next()).toMatchObject({ from: 'AUTHORIZED', to: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' })
  })

  test('a waiting authorization ends with it', async () => {
    const begun = await client.begin()
    await revokeAtTheBank(begun.consent.providerConsentId!)
    expect(await client.consent(begun.consent.id, 0)).toMatchObject({ status: 'REVOKED' })
    await expect.poll(() => client.session(begun.session.id), SOON).toMatchObject({ isFinal: true, nextStep: null })
  })

  test('the code of a consent that the bank revoked is answered with what became of it', async () => {
    const begun = await client.begin()
    await revokeAtTheBank(begun.consent.providerConsentId!)
    const { authSession, consent, userErrors } = await client.answer(begun, '123')
    expect(userErrors.map(({ code }) => code)).not.toContain('WRONG_OTP')
    expect(consent).toMatchObject({ status: 'REVOKED', statusReason: 'REVOKED_AT_INSTITUTION' })
    expect(authSession).toMatchObject({ isFinal: true })
  })
})

describe('a grant that comes too late is taken back', () => {
  test('the code was taken, and the person cancelled before we heard of it', async () => {
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 800, match: ANSWER })
    const answering = client.answer(begun, '123')
    await expect.poll(() => sandbox.ledger('challenge.answered', begun.consent.providerConsentId)).toHaveLength(1)
    expect(await client.cancel(begun.session.id)).toMatchObject({
      userErrors: [],
      authSession: { sessionStatus: 'CANCELLED' },
      consent: { status: 'REJECTED', statusReason: 'CANCELLED_BY_USER' },
    })
    expect((await answering).consent).toMatchObject({ status: 'REJECTED' })
    await expect.poll(async () => (await client.consent(begun.consent.id))?.revocation?.state, SOON).toBe('CONFIRMED')
    expect(await atTheBank(begun.consent.providerConsentId)).toEqual([
      'consent.created',
      'challenge.answered ACCEPTED',
      'consent.revoked',
    ])
  })

  test('the cancel came first, and the bank could not be told', { timeout: 40_000 }, async () => {
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 800, at: 'request', match: ANSWER })
    await sandbox.fault({ kind: 'status', status: 503, match: REVOKE })
    const answering = client.answer(begun, '123')
    await expect.poll(async () => (await client.session(begun.session.id))?.sessionStatus).toBe('VERIFYING')
    expect(await client.cancel(begun.session.id)).toMatchObject({
      consent: { status: 'REJECTED', revocation: { state: 'PROVIDER_PENDING' } },
    })
    await answering
    await expect
      .poll(async () => (await client.consent(begun.consent.id))?.revocation?.state, { timeout: 20_000, interval: 250 })
      .toBe('CONFIRMED')
    expect(await atTheBank(begun.consent.providerConsentId)).toEqual([
      'consent.created',
      'challenge.answered ACCEPTED',
      'consent.revoked',
    ])
    expect(await client.consent(begun.consent.id)).toMatchObject({
      status: 'REJECTED',
      statusReason: 'CANCELLED_BY_USER',
    })
  })

  test('the start was cancelled before the bank had answered it', async () => {
    const before = (await sandbox.ledger('consent.created')).length
    await sandbox.fault({ kind: 'delay', delayMs: 800, match: CREATE })
    const starting = client.start()
    await expect.poll(() => sandbox.ledger('consent.created')).toHaveLength(before + 1)
    const { user } = await gateway.graphql<{
      user: { authSessions: { nodes: readonly { id: string; sessionStatus: string }[] } }
    }>('{ user(ref: { externalId: "demo-user" }) { authSessions(first: 1) { nodes { id sessionStatus } } } }')
    const [pending] = user.authSessions.nodes
    expect(pending?.sessionStatus).toBe('PENDING')
    expect(await client.cancel(pending!.id)).toMatchObject({
      authSession: { sessionStatus: 'CANCELLED' },
      consent: { status: 'REJECTED' },
    })
    const { authSession, consent } = await starting
    expect([authSession?.sessionStatus, consent?.status]).toEqual(['CANCELLED', 'REJECTED'])
    const made = (await sandbox.ledger('consent.created')).at(-1)!.ids['consentId']!
    await expect.poll(() => atTheBank(made), SOON).toEqual(['consent.created', 'consent.revoked'])
  })

  test('the consent was revoked here while the code was on its way', async () => {
    const begun = await client.begin()
    await sandbox.fault({ kind: 'delay', delayMs: 800, at: 'request', match: ANSWER })
    const answering = client.answer(begun, '123')
    await expect.poll(async () => (await client.session(begun.session.id))?.sessionStatus).toBe('VERIFYING')
    expect(await client.revoke(begun.consent.id)).toMatchObject({ consent: { status: 'REVOKED' } })
    await answering
    expect(await client.session(begun.session.id)).toMatchObject({ sessionStatus: 'CANCELLED', nextStep: null })
    expect(await client.consent(begun.consent.id)).toMatchObject({
      status: 'REVOKED',
      statusReason: 'REVOKED_BY_CLIENT',
    })
    expect((await atTheBank(begun.consent.providerConsentId)).slice(0, 2)).toEqual([
      'consent.created',
      'consent.revoked',
    ])
  })
})
