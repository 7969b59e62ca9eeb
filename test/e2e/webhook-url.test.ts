import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { newPhone, type Operations, operationsOf } from './operations.ts'
import { temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { type Received, type Receiver, signatureOf, startReceiver } from './webhook-receiver.ts'
import { type WebhookOperations, webhookOperationsOf } from './webhook-operations.ts'

const STRANGER = { id: 'cli_stranger', apiKey: 'cg_stranger_key', scopes: ['webhooks:admin'] } as const

let directory: TemporaryDirectory
let gateway: GatewayProcess
let receiver: Receiver
let client: Operations
let webhooks: WebhookOperations

beforeAll(async () => {
  directory = await temporaryDirectory()
  await registerClients(directory.path, [STRANGER])
  gateway = await startGateway({ dataDir: directory.path })
  receiver = await startReceiver()
  client = operationsOf(gateway)
  webhooks = webhookOperationsOf(gateway)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

const printedSecret = (): string => /Webhooks\s+(whsec_\S+)/.exec(gateway.printed.out)?.[1] ?? ''

const statusesOf = (received: readonly Received[]): readonly unknown[] =>
  received
    .filter(({ body }) => body.type === 'ConsentStatusChanged')
    .map(({ body }) => (body.data['body'] as { to: unknown }).to)

const consentsOf = (received: readonly Received[]): readonly unknown[] => [
  ...new Set(received.map(({ body }) => body.data['consentId'])),
]

/** All that has come, once the consent's last event is there. */
const untilStatus = async (path: string, to: string): Promise<readonly Received[]> => {
  await expect.poll(() => statusesOf(receiver.received(path)), { timeout: 40_000 }).toContain(to)
  return receiver.received(path)
}

const codesOf = ({ userErrors }: { readonly userErrors: readonly { readonly code: string }[] }) =>
  userErrors.map(({ code }) => code)

describe('in development, an address that nobody registered', () => {
  test('gets the events of its authorization and consent, from the first, and of no other', async () => {
    const bystander = await client.begin()
    const begun = await client.begin({ webhookUrl: receiver.url('/named') })
    await client.answer(begun, '123')
    await client.answer(bystander, '123')
    await client.revoke(begun.consent.id)
    const received = await untilStatus('/named', 'REVOKED')
    expect(statusesOf(received)).toEqual(
      expect.arrayContaining(['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED', 'REVOKED']),
    )
    expect(received.map(({ body }) => body.type)).toContain('AuthStepChanged')
    expect(consentsOf(received)).toEqual([begun.consent.id])
    for (const each of received) expect(each.signatures).toEqual([signatureOf(printedSecret(), each)])
  })

  test('is listed, with what was sent', async () => {
    const { consent } = await client.authorize({ webhookUrl: receiver.url('/listed') })
    await untilStatus('/listed', 'AUTHORIZED')
    const endpoint = (await webhooks.list()).find(({ endpointUrl }) => endpointUrl === receiver.url('/listed'))
    expect(endpoint).toMatchObject({ onlyNamed: true, enabled: true, eventTypes: [] })
    await expect
      .poll(async () => (await webhooks.find(endpoint!.id))?.deliveries.length, { timeout: 40_000 })
      .toBe(receiver.received('/listed').length)
    expect(consent.status).toBe('AUTHORIZED')
  })

  test('is tried again, and may come back after an answer of 410', async () => {
    receiver.behave('/again', (response, _, earlier) => void response.writeHead(earlier === 0 ? 500 : 204).end())
    await client.begin({ webhookUrl: receiver.url('/again') })
    const received = await receiver.until('/again', 4)
    expect(new Set(received.map(({ id }) => id)).size).toBeLessThan(received.length)
    receiver.behave('/again', (response) => void response.writeHead(410).end())
    await client.begin({ webhookUrl: receiver.url('/again') })
    const find = async () => (await webhooks.list()).find(({ endpointUrl }) => endpointUrl === receiver.url('/again'))
    await expect.poll(async () => (await find())?.enabled, { timeout: 40_000 }).toBe(false)
    receiver.behave('/again', (response) => void response.writeHead(204).end())
    const { consent } = await client.begin({ webhookUrl: receiver.url('/again') })
    await expect.poll(() => consentsOf(receiver.received('/again')), { timeout: 40_000 }).toContain(consent.id)
  })

  test('can be registered afterwards, and then gets everything', async () => {
    await client.authorize({ webhookUrl: receiver.url('/promoted') })
    await untilStatus('/promoted', 'AUTHORIZED')
    const { endpoint, secret, userErrors } = await webhooks.run('createWebhookEndpoint', {
      endpointUrl: receiver.url('/promoted'),
    })
    expect([userErrors, endpoint]).toEqual([[], expect.objectContaining({ onlyNamed: false, enabled: true })])
    expect(secret).not.toBe(printedSecret())
    const { consent } = await client.begin()
    await expect.poll(() => consentsOf(receiver.received('/promoted')), { timeout: 40_000 }).toContain(consent.id)
    const last = receiver.received('/promoted').at(-1)!
    expect(last.signatures).toEqual([signatureOf(secret!, last)])
  })

  test('goes on with the consent that renews', async () => {
    const old = await client.authorize({ webhookUrl: receiver.url('/renewed') })
    const phone = newPhone()
    const renewal = await client.run('renewConsent', { consentId: old.consent.id, psu: { phone } })
    expect(renewal.userErrors).toEqual([])
    await expect
      .poll(() => consentsOf(receiver.received('/renewed')), { timeout: 40_000 })
      .toContain(renewal.consent!.id)
  })

  test('is part of what an idempotency key stands for', async () => {
    const input = { psu: { phone: newPhone() }, idempotencyKey: 'same' }
    const { consent } = await client.start({ ...input, webhookUrl: receiver.url('/key') })
    const other = await client.start({ ...input, webhookUrl: receiver.url('/key-too') })
    expect(codesOf(other)).toEqual(['IDEMPOTENCY_KEY_REUSED'])
    const again = await client.start({ ...input, webhookUrl: receiver.url('/key') })
    expect(again.consent?.id).toBe(consent?.id)
  })

  test('is not for a user token to give', async () => {
    const begun = await operationsOf(gateway, { as: gateway.userToken }).start({ webhookUrl: receiver.url('/token') })
    expect(begun).toMatchObject({ consent: null, userErrors: [{ code: 'NOT_ALLOWED', path: ['input', 'webhookUrl'] }] })
  })
})

describe('an address that is registered', () => {
  test('gets every type of event of what names it, once each, signed and logged as the others', async () => {
    const { endpoint, secret } = await webhooks.run('createWebhookEndpoint', {
      endpointUrl: receiver.url('/registered'),
      eventTypes: ['ConsentStatusChanged'],
    })
    const named = await client.begin({ webhookUrl: receiver.url('/registered') })
    const other = await client.authorize()
    await expect
      .poll(() => consentsOf(receiver.received('/registered')), { timeout: 40_000 })
      .toContain(other.consent.id)
    await expect
      .poll(() => receiver.received('/registered').map(({ body }) => body.type), { timeout: 40_000 })
      .toContain('AuthStepChanged')
    const received = receiver.received('/registered')
    const steps = received.filter(({ body }) => body.type === 'AuthStepChanged')
    expect(consentsOf(steps)).toEqual([named.consent.id])
    expect(new Set(received.map(({ id }) => id)).size).toBe(received.length)
    for (const each of received) expect(each.signatures).toEqual([signatureOf(secret!, each)])
    const { deliveries } = (await webhooks.find(endpoint!.id))!
    expect(deliveries.map(({ eventType }) => eventType)).toContain('AuthStepChanged')
  })

  test('and switched off is refused', async () => {
    const { endpoint } = await webhooks.run('createWebhookEndpoint', { endpointUrl: receiver.url('/off') })
    await webhooks.run('updateWebhookEndpoint', { id: endpoint!.id, enabled: false })
    const begun = await client.start({ webhookUrl: receiver.url('/off') })
    expect(begun).toMatchObject({ consent: null, userErrors: [{ code: 'NOT_ALLOWED', path: ['input', 'webhookUrl'] }] })
  })

  test('by another client is not', async () => {
    const stranger = webhookOperationsOf(gateway, { as: STRANGER.apiKey })
    const { secret } = await stranger.run('createWebhookEndpoint', { endpointUrl: receiver.url('/theirs') })
    await client.begin({ webhookUrl: receiver.url('/theirs') })
    const [first] = await receiver.until('/theirs', 1)
    expect(first!.signatures).toEqual([signatureOf(printedSecret(), first!)])
    expect(first!.signatures).not.toEqual([signatureOf(secret!, first!)])
  })
})
