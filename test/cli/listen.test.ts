import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTcpProxy, type TcpProxy } from '../docs/tcp-proxy.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Operations, operationsOf } from '../e2e/operations.ts'
import { type Receiver, signatureOf, startReceiver } from '../e2e/webhook-receiver.ts'
import { webhookOperationsOf } from '../e2e/webhook-operations.ts'
import { runCli } from './cli-process.ts'
import { type ListeningCli, startListening } from './listening.ts'

let gateway: GatewayProcess
let client: Operations
let receiver: Receiver

beforeAll(async () => {
  gateway = await startGateway()
  client = operationsOf(gateway)
  receiver = await startReceiver()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

const listen = async (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<ListeningCli> => {
  const env = { CONSENTGRAPH_URL: gateway.url, CONSENTGRAPH_API_KEY: gateway.apiKey, ...more }
  const cli = startListening(['--json', ...args], env)
  await cli.until(() => cli.notes.some((note) => note.startsWith('Listens to')))
  return cli
}

const statusesOf = ({ events }: ListeningCli): readonly unknown[] => events.flatMap(({ data }) => data.body.to ?? [])
const idsOf = ({ events }: ListeningCli): readonly string[] => events.map(({ data }) => data.id)
const isConfirmed = ({ events }: ListeningCli): boolean =>
  events.some(({ data }) => data.body.revocation?.state === 'CONFIRMED')
const confirmations = ({ events }: ListeningCli): number =>
  events.filter(({ data }) => data.body.revocation?.state === 'CONFIRMED').length

/** A whole life: its last event is a confirmed revocation. */
const liveOnce = async (externalId: string): Promise<string> => {
  const { consent } = await client.authorize({ user: { externalId } })
  await client.revoke(consent.id)
  return consent.id
}

const loggedIds = async (externalId: string): Promise<readonly string[]> => {
  const { consentEvents } = await gateway.graphql<{ consentEvents: { nodes: readonly { id: string }[] } }>(
    'query ($filter: ConsentStreamFilter) { consentEvents(filter: $filter, first: 100) { nodes { id } } }',
    { filter: { user: { externalId } } },
  )
  return consentEvents.nodes.map(({ id }) => id)
}

describe('consentgraph listen', () => {
  test('prints what happens from now on, and goes on where it was told to', async () => {
    await client.createUser('listened')
    await liveOnce('listened')
    await using first = await listen(['--user', 'listened'])
    await liveOnce('listened')
    await first.until(() => isConfirmed(first))
    expect(statusesOf(first)).toEqual(['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED', 'REVOKED'])
    expect(await first.stop()).toBe(0)
    const from = /--from (\S+)/.exec(first.notes.at(-1) ?? '')?.[1] ?? ''
    expect(from).toBe(first.events.at(-1)?.data.cursor)

    await liveOnce('listened')
    await using second = await listen(['--user', 'listened', '--from', from])
    await second.until(() => isConfirmed(second))
    expect([...idsOf(first), ...idsOf(second)]).toEqual((await loggedIds('listened')).slice(-idsOf(first).length * 2))
  })

  test('prints lines for a person', async () => {
    await client.createUser('read')
    const { consent } = await client.authorize({ user: { externalId: 'read' } })
    const { consentEvents } = await gateway.graphql<{ consentEvents: { nodes: readonly { cursor: string }[] } }>(
      'query ($id: ID!) { consentEvents(filter: { consentId: $id }) { nodes { cursor } } }',
      { id: consent.id },
    )
    const env = { CONSENTGRAPH_URL: gateway.url, CONSENTGRAPH_API_KEY: gateway.apiKey }
    const args = ['--consent', consent.id, '--from', consentEvents.nodes[0]!.cursor]
    await using cli = startListening([...args, '--forward-to', receiver.url('/read')], env)
    await client.revoke(consent.id)
    await cli.until(() => cli.lines.some((line) => line.includes('CONFIRMED')))
    const shown = cli.lines.map((line) => line.replace(/^\S{24} {2}/, ''))
    const of = `${consent.id}  OPEN_BANK_PROJECT`
    expect(shown).toEqual(
      expect.arrayContaining([
        `ConsentStatusChanged  INITIATED -> AWAITING_AUTHORIZATION  ${of}`,
        `AuthStepChanged  ${of}`,
        `ConsentStatusChanged  AUTHORIZED -> REVOKED (REVOKED_BY_CLIENT)  ${of}`,
        '  answered 204',
      ]),
    )
  })

  test('shows only what it is asked for', async () => {
    await client.createUser('of-interest')
    await client.createUser('of-none')
    const mine = await client.begin({ user: { externalId: 'of-interest' } })
    await using ofUser = await listen(['--user', 'of-interest'])
    await using ofConsent = await listen(['--consent', mine.consent.id])
    await using ofProvider = await listen(['--provider', 'FISKIL', 'INSURELY'])
    await client.begin({ user: { externalId: 'of-none' } })
    await client.cancel(mine.session.id)
    for (const cli of [ofUser, ofConsent]) {
      await cli.until(() => statusesOf(cli).includes('REJECTED'))
      expect(new Set(cli.events.map(({ data }) => data.consentId))).toEqual(new Set([mine.consent.id]))
    }
    await ofProvider.stop()
    expect(ofProvider.events).toEqual([])
  })

  test('forwards what a webhook would say, signed with the secret it prints', async () => {
    await client.createUser('forwarded')
    const { endpoint } = await webhookOperationsOf(gateway).run('createWebhookEndpoint', {
      endpointUrl: receiver.url('/webhook'),
    })
    await using cli = await listen(['--user', 'forwarded', '--forward-to', receiver.url('/forwarded')])
    const secret = /Signs with (whsec_[^;]+);/.exec(cli.notes.join('\n'))?.[1] ?? ''
    await liveOnce('forwarded')
    await cli.until(() => isConfirmed(cli) && cli.outcomes.length === cli.events.length)
    const forwarded = receiver.received('/forwarded')
    expect(forwarded.map(({ id }) => id)).toEqual(await loggedIds('forwarded'))
    for (const each of forwarded) {
      expect(each.signatures).toEqual([signatureOf(secret, each)])
      expect(Math.abs(Number(each.timestamp) - Date.now() / 1000)).toBeLessThan(60)
    }
    const sent = await receiver.until('/webhook', forwarded.length)
    const bodies = new Map(sent.map(({ id, text }) => [id, text]))
    for (const { id, text } of forwarded) expect(text).toBe(bodies.get(id))
    await webhookOperationsOf(gateway).run('deleteWebhookEndpoint', { id: endpoint!.id })
  })

  test('signs with the secret that it is given, and prints it not', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    await client.createUser('given')
    const more = { CONSENTGRAPH_WEBHOOK_SECRET: secret }
    await using cli = await listen(['--user', 'given', '--forward-to', receiver.url('/given')], more)
    await client.begin({ user: { externalId: 'given' } })
    const [first] = await receiver.until('/given', 1)
    expect(first?.signatures).toEqual([signatureOf(secret, first!)])
    expect(cli.notes.join('\n')).not.toContain(secret)
  })

  test('shows what is not taken, tries again, and lets nothing overtake it', async () => {
    await client.createUser('refused')
    receiver.behave('/refused', (response, _, earlier) => void response.writeHead(earlier < 2 ? 503 : 200).end())
    await using cli = await listen(['--user', 'refused', '--forward-to', receiver.url('/refused')])
    await liveOnce('refused')
    await cli.until(() => isConfirmed(cli) && cli.outcomes.length === cli.events.length)
    const log = await loggedIds('refused')
    expect(receiver.received('/refused').map(({ id }) => id)).toEqual([log[0], log[0], ...log])
    expect(cli.outcomes[0]).toEqual({ eventId: log[0], delivered: true, attempts: 3, status: 200 })
    expect(cli.notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^ {2}evt_\S+ was not taken: answered 503; again in 1 s\.$/),
        expect.stringMatching(/again in 2 s/),
      ]),
    )
  })

  test('stops at once, also while it waits to try again, and does not count what was not taken', async () => {
    await client.createUser('nowhere')
    await using closed = await startReceiver()
    const nobody = closed.url('/')
    await closed[Symbol.asyncDispose]()
    await using cli = await listen(['--user', 'nowhere', '--forward-to', nobody])
    await client.begin({ user: { externalId: 'nowhere' } })
    await cli.until(() => cli.notes.some((note) => note.includes('connection refused')))
    expect(await cli.stop()).toBe(0)
    const from = /--from (\S+)/.exec(cli.notes.at(-1) ?? '')?.[1] ?? ''
    await using again = await listen(['--user', 'nowhere', '--from', from])
    await again.until(() => statusesOf(again).includes('AWAITING_AUTHORIZATION'))
    expect(statusesOf(again)[0]).toBe('INITIATED')
  })
})

describe('across lost connections', () => {
  let proxy: TcpProxy
  beforeAll(async () => {
    proxy = await startTcpProxy(gateway.url)
  })
  afterAll(() => proxy[Symbol.asyncDispose]())

  test('each event comes once and in order', async () => {
    await client.createUser('cut')
    await using cli = await listen(['--user', 'cut'], { CONSENTGRAPH_URL: proxy.url })
    await liveOnce('cut')
    await cli.until(() => statusesOf(cli).includes('AUTHORIZED'))
    const refused = proxy.cut()
    await liveOnce('cut')
    await refused
    proxy.heal()
    await liveOnce('cut')
    await cli.until(() => confirmations(cli) === 3)
    expect(idsOf(cli)).toEqual(await loggedIds('cut'))
    expect(cli.notes).toContain('Connected again.')
  })
})

test('a gateway that is killed and comes back is followed on', async () => {
  await using port = await startReceiver()
  const { port: free } = new URL(port.url('/'))
  await port[Symbol.asyncDispose]()
  const first = await startGateway({ env: { PORT: free } })
  await operationsOf(first).createUser('survivor')
  const cli = startListening(['--json', '--user', 'survivor', '--url', `${first.url}/graphql`], {
    CONSENTGRAPH_API_KEY: first.apiKey,
  })
  await using _ = cli
  await cli.until(() => cli.notes.some((note) => note.startsWith('Listens to')))
  const begun = await operationsOf(first).begin({ user: { externalId: 'survivor' } })
  await cli.until(() => statusesOf(cli).includes('AWAITING_AUTHORIZATION'))
  await using second = await first.restart('SIGKILL')
  await operationsOf(second).cancel(begun.session.id)
  await cli.until(() => statusesOf(cli).includes('REJECTED'))
  expect(statusesOf(cli)).toEqual(['INITIATED', 'AWAITING_AUTHORIZATION', 'REJECTED'])
  expect(cli.notes.some((note) => note.includes('Trying'))).toBe(true)
  expect(await cli.stop()).toBe(0)
})

describe('what cannot be', () => {
  test.each([
    ['a key of nobody', [], { CONSENTGRAPH_API_KEY: 'wrong' }, 'refuses this API key'],
    ['no key', [], { CONSENTGRAPH_API_KEY: '' }, 'Set CONSENTGRAPH_API_KEY'],
    ['a cursor of nobody', ['--from', 'nonsense'], {}, 'cannot be listened to'],
    ['a person of nobody', ['--user', 'nobody'], {}, 'No such user'],
    ['a secret that is none', [], { CONSENTGRAPH_WEBHOOK_SECRET: 'secret' }, 'CONSENTGRAPH_WEBHOOK_SECRET'],
  ])('%s ends it with 1, and says why', async (_, args, env, said) => {
    const { code, out, error } = await runCli(['listen', ...args], {
      CONSENTGRAPH_URL: gateway.url,
      CONSENTGRAPH_API_KEY: gateway.apiKey,
      ...env,
    })
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(error).toContain(said)
    expect(error).not.toContain('    at ')
  })

  test.each([
    ['an address that is none', ['--forward-to', 'localhost:3000']],
    ['a provider that is none', ['--provider', 'NOBODY']],
    ['a key as an argument', ['--api-key', 'cg_key']],
  ])('%s is not understood', async (_, args) => {
    expect((await runCli(['listen', ...args])).code).toBe(2)
  })
})

test('the key is read from stdin where the environment has none', async () => {
  await using cli = startListening([], { CONSENTGRAPH_URL: gateway.url }, `${gateway.apiKey}\n`)
  await cli.until(() => cli.notes.some((note) => note.startsWith('Listens to')))
  expect(await cli.stop()).toBe(0)
  expect([...cli.notes].join('\n')).not.toContain(gateway.apiKey)
})
