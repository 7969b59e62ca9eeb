import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ProviderObservation, WebhookRequest } from '../../../src/domain/provider.ts'
import { FISKIL_SANDBOX_SEED } from '../../../src/sandbox/fiskil/seed.ts'
import type { Delivery } from '../../sandbox/fiskil-client.ts'
import { startReceiver } from '../../sandbox/fiskil-client.ts'
import { BANK, calling, caught, startConnector } from './harness.ts'

type Harness = Awaited<ReturnType<typeof startConnector>>

const secret = Buffer.from(FISKIL_SANDBOX_SEED.webhookSecret, 'base64')
const sign = (body: string) => createHmac('sha256', secret).update(body).digest('base64')

const decode = async ({ connector }: Harness, request: WebhookRequest): Promise<readonly ProviderObservation[]> => {
  if (connector.decodeWebhook === undefined) throw new Error('no webhooks')
  return await connector.decodeWebhook(request)
}

const sent = (body: string, signature = sign(body), receivedAt = new Date()): WebhookRequest => ({
  headers: { 'x-fiskil-signature': signature },
  body: Buffer.from(body),
  receivedAt,
})

const asRequest = ({ body, signature }: Delivery, { clock }: Harness) => sent(body, signature, clock.now())

const message = (data: object, fields: object = {}) =>
  JSON.stringify({
    delivery_attempt: 1,
    publish_time: new Date().toISOString(),
    message_id: 'm1',
    data: { event: 'consent.received', end_user_id: 'eu_1', institution_id: '10', consent_id: 'a1', ...data },
    ...fields,
  })

describe.each([
  ['raw', 'compact'],
  ['raw', 'indented'],
  ['stripped', 'compact'],
  ['stripped', 'indented'],
] as const)('signed %s, %s', (webhookSignature, webhookBody) => {
  it('webhooks tell the life of a consent', async () => {
    await using receiver = await startReceiver()
    await using fiskil = await startConnector({ webhookSignature, webhookBody, webhookUrl: receiver.url })
    const { key } = await fiskil.authorize()
    await receiver.received(2)
    const renewal = await fiskil.start({ renews: key })
    await fiskil.person(renewal, 'approve')
    await receiver.received(3)
    await fiskil.connector.revoke(key, null, calling())
    const deliveries = await receiver.received(4)
    const observations = (await Promise.all(deliveries.map((one) => decode(fiskil, asRequest(one, fiskil))))).flat()
    const said = new Map(observations.map((observation) => [observation.consent.raw, observation]))
    expect([...said.keys()].toSorted((a, b) => String(a).localeCompare(String(b)))).toEqual([
      'consent.received',
      'consent.revoked',
      'consent.updated',
    ])
    const about = { userRef: fiskil.user.ref, institutionRef: BANK, messageId: expect.any(String) }
    const { providerConsentId } = key
    expect(said.get('consent.received')).toMatchObject({
      ...about,
      consent: { providerConsentId, status: 'AUTHORIZED' },
    })
    expect(said.get('consent.updated')).toMatchObject({
      ...about,
      consent: { providerConsentId, status: 'AUTHORIZED' },
    })
    expect(said.get('consent.revoked')).toMatchObject({ ...about, consent: { providerConsentId, status: 'REVOKED' } })
  })
})

describe('a signature', () => {
  it.each([
    ['none', ''],
    ['of another secret', createHmac('sha256', 'x').update(message({})).digest('base64')],
    ['in hex', createHmac('sha256', secret).update('{}').digest('hex')],
    ['too short', sign('{}').slice(0, 20)],
    ['of another body', sign('{}')],
  ])('that does not fit is refused: %s', async (_name, signature) => {
    await using fiskil = await startConnector()
    expect(await caught(decode(fiskil, sent(message({}), signature)))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is over the bytes: one that changed is refused', async () => {
    await using fiskil = await startConnector()
    const body = message({})
    expect(await decode(fiskil, sent(body))).toHaveLength(1)
    const changed = sent(body.replace('a1', 'a2'), sign(body))
    expect(await caught(decode(fiskil, changed))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('is found whatever the case of its header', async () => {
    await using fiskil = await startConnector()
    const { body, receivedAt } = sent(message({}))
    const headers = { 'X-Fiskil-Signature': sign(message({})) }
    const again = {
      headers: { ...headers, 'X-Fiskil-Signature': sign(Buffer.from(body).toString()) },
      body,
      receivedAt,
    }
    expect(await decode(fiskil, again)).toHaveLength(1)
  })
})

describe('a message', () => {
  const minutes = (count: number) => ({ publish_time: new Date(Date.now() + count * 60_000).toISOString() })

  it.each([
    [-59, true],
    [-61, false],
    [4, true],
    [6, false],
  ])('%i minutes from now is taken: %s', async (count, isTaken) => {
    await using fiskil = await startConnector()
    const request = sent(message({}, minutes(count)))
    if (isTaken) expect(await decode(fiskil, request)).toHaveLength(1)
    else expect(await caught(decode(fiskil, request))).toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it.each([
    ['{"unterminated'],
    ['[]'],
    [message({}, { message_id: undefined })],
    [message({}, { publish_time: 'yesterday' })],
    [message({ consent_id: undefined })],
  ])('that is signed and not understood breaks the contract: %s', async (body) => {
    await using fiskil = await startConnector()
    expect(await caught(decode(fiskil, sent(body)))).toMatchObject({ code: 'PROVIDER_CONTRACT_VIOLATION' })
  })

  it('of an unknown word about a consent is kept and moves nothing; one about data is no news', async () => {
    await using fiskil = await startConnector()
    const [unknown] = await decode(fiskil, sent(message({ event: 'consent.paused' })))
    expect(unknown?.consent).toMatchObject({ status: null, raw: 'consent.paused' })
    expect(await decode(fiskil, sent(message({ event: 'banking.accounts.sync.completed' })))).toEqual([])
  })

  it('may write its time to the nanosecond, with an offset', async () => {
    await using fiskil = await startConnector()
    const at = new Date('2026-03-01T10:00:00Z')
    const body = message({}, { publish_time: '2026-03-01T21:00:00.123456789+11:00' })
    expect(await decode(fiskil, sent(body, sign(body), at))).toMatchObject([{ messageId: 'm1', userRef: 'eu_1' }])
  })
})

it('without a secret there are no webhooks: the list is asked more often', async () => {
  await using fiskil = await startConnector({ settings: { webhookSecret: null } })
  expect(fiskil.connector.decodeWebhook).toBeUndefined()
  expect(fiskil.connector.capabilities.statusUpdates).toEqual({ kind: 'POLL', pollIntervalMs: 15_000 })
  expect(await fiskil.start()).toMatchObject({ pollAfterMs: 15_000 })
})
