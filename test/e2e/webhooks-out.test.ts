import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { filesOf, findSecrets } from './leak-search.ts'
import { newPhone, type Operations, operationsOf } from './operations.ts'
import { temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { type Receiver, signatureOf, startReceiver } from './webhook-receiver.ts'
import { eventIdsOf, type WebhookOperations, webhookOperationsOf } from './webhook-operations.ts'

const STRANGER = { id: 'cli_stranger', apiKey: 'cg_stranger_key', scopes: ['webhooks:admin'] } as const

let directory: TemporaryDirectory
let gateway: GatewayProcess
let receiver: Receiver
let client: Operations
let webhooks: WebhookOperations
let stranger: WebhookOperations

beforeAll(async () => {
  directory = await temporaryDirectory()
  await registerClients(directory.path, [STRANGER])
  gateway = await startGateway({ dataDir: directory.path })
  receiver = await startReceiver()
  client = operationsOf(gateway)
  webhooks = webhookOperationsOf(gateway)
  stranger = webhookOperationsOf(gateway, { as: STRANGER.apiKey })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

const create = async (path: string, more: object = {}) => {
  const { endpoint, secret, userErrors } = await webhooks.run('createWebhookEndpoint', {
    endpointUrl: receiver.url(path),
    ...more,
  })
  expect(userErrors).toEqual([])
  return { id: endpoint!.id, secret: secret! }
}
const remove = (id: string) => webhooks.run('deleteWebhookEndpoint', { id })
const codes = ({ userErrors }: { readonly userErrors: readonly { readonly code: string }[] }) =>
  userErrors.map(({ code }) => code)
const deliveriesOf = async (id: string) => (await webhooks.find(id))?.deliveries ?? []
const untilLogged = (id: string, count: number) =>
  expect.poll(async () => (await deliveriesOf(id)).length, { timeout: 40_000 }).toBeGreaterThanOrEqual(count)

describe('endpoints', () => {
  test('show their secret once, also to a request that is repeated', async () => {
    const input = { endpointUrl: receiver.url('/once'), idempotencyKey: 'once' }
    const first = await webhooks.run('createWebhookEndpoint', input)
    expect(first.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(first.endpoint).toMatchObject({ endpointUrl: input.endpointUrl, eventTypes: [], enabled: true })
    expect(await webhooks.run('createWebhookEndpoint', input)).toEqual({ ...first, secret: null })
    const other = { ...input, endpointUrl: receiver.url('/other') }
    expect(codes(await webhooks.run('createWebhookEndpoint', other))).toEqual(['IDEMPOTENCY_KEY_REUSED'])
    const id = first.endpoint!.id
    const rotated = await webhooks.run('rotateWebhookSecret', { id, idempotencyKey: 'turn' })
    expect(rotated.secret).not.toBe(first.secret)
    expect(await webhooks.run('rotateWebhookSecret', { id, idempotencyKey: 'turn' })).toEqual({
      ...rotated,
      secret: null,
    })
    const gone = await webhooks.run('deleteWebhookEndpoint', { id, idempotencyKey: 'end' })
    expect(gone).toEqual({ endpoint: first.endpoint, secret: null, userErrors: [] })
    expect(await webhooks.run('deleteWebhookEndpoint', { id, idempotencyKey: 'end' })).toEqual(gone)
    expect(codes(await remove(id))).toEqual(['NOT_FOUND'])
    expect(await webhooks.find(id)).toBeNull()
  })

  test('lie sealed in the store, and their secrets in no log', async () => {
    const { id, secret } = await create('/sealed')
    const { secret: second } = await webhooks.run('rotateWebhookSecret', { id })
    for (const shown of [secret, second!]) {
      const secrets = { guessable: [], random: [shown, shown.replace('whsec_', '')] }
      const files = await filesOf(directory.path)
      expect(files.some(({ bytes }) => bytes.includes('/sealed'))).toBe(true)
      expect(files.flatMap(({ bytes }) => findSecrets(bytes, secrets))).toEqual([])
      expect(findSecrets(gateway.printed.log, secrets)).toEqual([])
    }
    await remove(id)
  })

  test('refuse what may not be', async () => {
    const { id } = await create('/mine')
    expect(await webhooks.run('createWebhookEndpoint', { endpointUrl: receiver.url('/mine') })).toMatchObject({
      endpoint: null,
      secret: null,
      userErrors: [{ code: 'STATE_CONFLICT', path: ['input', 'endpointUrl'] }],
    })
    const unknown = { endpointUrl: receiver.url('/types'), eventTypes: ['ConsentStatusChanged', 'Nonsense'] }
    expect(await webhooks.run('createWebhookEndpoint', unknown)).toMatchObject({
      userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'eventTypes'] }],
    })
    const two = await create('/mine-too')
    const moved = { id: two.id, endpointUrl: receiver.url('/mine') }
    expect(codes(await webhooks.run('updateWebhookEndpoint', moved))).toEqual(['STATE_CONFLICT'])
    await remove(id)
    expect(codes(await webhooks.run('updateWebhookEndpoint', moved))).toEqual([])
    expect((await webhooks.list()).map((endpoint) => endpoint.id)).toEqual([two.id])
    await remove(two.id)
  })

  test('are nobody else’s to see or to change', async () => {
    const { id } = await create('/private')
    expect(await stranger.list()).toEqual([])
    expect(await stranger.find(id)).toBeNull()
    for (const name of [
      'rotateWebhookSecret',
      'deleteWebhookEndpoint',
      'testWebhookEndpoint',
      'updateWebhookEndpoint',
    ] as const) {
      expect(await stranger.run(name, { id })).toMatchObject({
        endpoint: null,
        userErrors: [{ code: 'NOT_FOUND', path: ['input', 'id'] }],
      })
      expect(codes(await webhooks.run(name, { id: 'nonsense' }))).toEqual(['NOT_FOUND'])
    }
    await remove(id)
  })

  test('are tested, not too often, and not while they are switched off', async () => {
    const { id } = await create('/tested')
    expect(codes(await webhooks.run('testWebhookEndpoint', { id }))).toEqual([])
    const [message] = await receiver.until('/tested', 1)
    expect(message!.body).toMatchObject({ type: 'WebhookTest', data: { id: message!.id } })
    expect(codes(await webhooks.run('testWebhookEndpoint', { id }))).toEqual(['RATE_LIMITED'])
    await untilLogged(id, 1)
    expect(await deliveriesOf(id)).toMatchObject([
      { eventId: message!.id, eventType: 'WebhookTest', attempt: 1, httpStatus: 204, delivered: true },
    ])
    await webhooks.run('updateWebhookEndpoint', { id, enabled: false })
    expect(codes(await webhooks.run('testWebhookEndpoint', { id }))).toEqual(['STATE_CONFLICT'])
    await remove(id)
  })
})

describe('events', () => {
  test('reach every endpoint that wants them, signed, in full and without anything personal', async () => {
    const known = (await eventIdsOf(gateway)).length
    const [all, some, off] = [
      await create('/all'),
      await create('/some', { eventTypes: ['ConsentStatusChanged'] }),
      await create('/off'),
    ]
    await webhooks.run('updateWebhookEndpoint', { id: off.id, enabled: false })
    const phone = newPhone()
    const begun = await client.begin({ psu: { phone } })
    await client.answer(begun, '123')
    const ids = (await eventIdsOf(gateway)).slice(known)
    const received = await receiver.until('/all', ids.length)
    expect(received.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
    for (const message of received) {
      expect(message.signatures).toEqual([signatureOf(all.secret, message)])
      expect(message.contentType).toBe('application/json')
      expect(Math.abs(Date.now() / 1000 - Number(message.timestamp))).toBeLessThan(60)
      expect(message.body.data).toMatchObject({
        id: message.id,
        cursor: expect.any(String),
        at: message.body.timestamp,
        consentId: begun.consent.id,
        userId: expect.stringMatching(/^usr_/),
        provider: 'OPEN_BANK_PROJECT',
        consentVersion: expect.any(Number),
        body: expect.any(Object),
      })
      expect(message.text).not.toContain(phone)
      expect(message.text).not.toContain('demo-user')
    }
    const statuses = received.filter(({ body }) => body.type === 'ConsentStatusChanged')
    const chosen = await receiver.until('/some', statuses.length)
    expect(chosen.map(({ id }) => id).toSorted()).toEqual(statuses.map(({ id }) => id).toSorted())

    // What happened meanwhile is not sent later.
    await webhooks.run('updateWebhookEndpoint', { id: off.id, enabled: true })
    await webhooks.run('rotateWebhookSecret', { id: all.id })
    const { secret } = await webhooks.run('rotateWebhookSecret', { id: all.id })
    const count = receiver.received('/all').length
    await client.begin({ psu: { phone: newPhone() } })
    const later = (await eventIdsOf(gateway)).slice(known + ids.length)
    const rotated = (await receiver.until('/all', count + later.length)).at(-1)!
    expect(rotated.signatures).toHaveLength(3)
    expect(rotated.signatures[0]).toBe(signatureOf(secret!, rotated))
    expect(rotated.signatures).toContain(signatureOf(all.secret, rotated))
    const resumed = await receiver.until('/off', later.length)
    expect(resumed.map(({ id }) => id).toSorted()).toEqual(later.toSorted())
    for (const { id } of [all, some, off]) await remove(id)
  })

  test('one bad endpoint holds up no other, and each is tried again as it should', { timeout: 60_000 }, async () => {
    receiver.behave('/hang', () => {})
    receiver.behave('/fails', (response, _, earlier) => void response.writeHead(earlier === 0 ? 500 : 200).end())
    receiver.behave('/resets', (_, request) => request.socket.resetAndDestroy())
    receiver.behave('/busy', (response) => void response.writeHead(429, { 'retry-after': '3600' }).end())
    receiver.behave('/gone', (response) => void response.writeHead(410).end())
    receiver.behave('/moved', (response) => void response.writeHead(308, { location: receiver.url('/target') }).end())
    receiver.behave('/slow', (response) => void setTimeout(() => response.writeHead(204).end(), 1_500))
    const names = ['hang', 'fails', 'resets', 'busy', 'gone', 'moved', 'slow', 'good'] as const
    const ids = new Map<string, string>()
    // One event each.
    for (const name of names) ids.set(name, (await create(`/${name}`, { eventTypes: ['AuthStepChanged'] })).id)
    const idOf = (name: (typeof names)[number]): string => ids.get(name)!
    const known = new Set(await eventIdsOf(gateway))
    await client.begin({ psu: { phone: newPhone() } })
    const [good] = await receiver.until('/good', 1)
    expect(known.has(good!.id)).toBe(false)

    const again = await receiver.until('/fails', 2)
    expect([again[0]!.id, again[1]!.id]).toEqual([good!.id, good!.id])
    expect(again[1]!.text).toBe(again[0]!.text)
    await untilLogged(idOf('fails'), 2)
    expect(await deliveriesOf(idOf('fails'))).toMatchObject([
      { attempt: 2, httpStatus: 200, delivered: true, nextAttemptAt: null, eventId: good!.id },
      { attempt: 1, httpStatus: 500, delivered: false, nextAttemptAt: expect.any(String), eventId: good!.id },
    ])
    // It was still being waited for while the others had theirs.
    expect(await deliveriesOf(idOf('hang'))).toEqual([])

    await untilLogged(idOf('resets'), 1)
    expect((await deliveriesOf(idOf('resets'))).at(-1)).toMatchObject({ httpStatus: null, error: 'connection reset' })
    const [busy] = await deliveriesOf(idOf('busy'))
    expect(Date.parse(busy!.nextAttemptAt!) - Date.parse(busy!.attemptedAt)).toBeGreaterThanOrEqual(3_600_000)
    expect(await webhooks.find(idOf('gone'))).toMatchObject({
      enabled: false,
      deliveries: [{ httpStatus: 410, delivered: false, nextAttemptAt: null }],
    })
    expect((await deliveriesOf(idOf('moved'))).at(-1)).toMatchObject({ httpStatus: 308, delivered: false })
    expect(receiver.received('/target')).toEqual([])
    expect(await deliveriesOf(idOf('slow'))).toMatchObject([{ httpStatus: 204, delivered: true }])

    await untilLogged(idOf('hang'), 1)
    expect((await deliveriesOf(idOf('hang'))).at(-1)).toMatchObject({
      attempt: 1,
      httpStatus: null,
      error: 'no answer within 20 seconds',
    })
    for (const id of ids.values()) await remove(id)
  })
})
