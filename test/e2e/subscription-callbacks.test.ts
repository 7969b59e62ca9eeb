import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askCli } from '../cli/cli-process.ts'
import { type CallbackReceiver, type RoutedSubscription, startCallbackReceiver } from '../server/callback-receiver.ts'
import { INSIDE_HOSTS, startInside } from '../upstream/inside.ts'
import { registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'
import { openProduction, productionEnv, startProduction } from './production-gateway.ts'
import { temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'

const EVENTS = `subscription ($user: UserRef) { consentEvents(filter: { user: $user }) {
  __typename
  ... on ConsentStatusChanged { to consent { id user { externalId } } }
} }`

const OTHER = { id: 'cli_other', apiKey: 'cg_other_key', scopes: ['consents:read', 'users:read'] } as const

let directory: TemporaryDirectory
let gateway: GatewayProcess
let router: CallbackReceiver

beforeAll(async () => {
  directory = await temporaryDirectory()
  await registerClients(directory.path, [OTHER])
  gateway = await startGateway({ dataDir: directory.path })
  router = await startCallbackReceiver()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await router[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

const subscribe = (credential: string, externalId?: string): Promise<RoutedSubscription> =>
  router.subscribe(`${gateway.url}/graphql`, EVENTS, {
    authorization: `Bearer ${credential}`,
    ...(externalId !== undefined && { variables: { user: { externalId } } }),
  })

const statusesOf = ({ messages }: RoutedSubscription): readonly string[] =>
  messages.flatMap(({ payload }) => payload?.data?.consentEvents.to ?? [])

describe('a router is called', () => {
  test('with the whole life of a consent, in order', async () => {
    const client = operationsOf(gateway)
    await client.createUser('followed')
    const routed = await subscribe(gateway.apiKey, 'followed')
    expect((await routed.until('next')).payload.data.consentEvents.__typename).toBe('ConsentSnapshot')
    const { consent } = await client.authorize({ user: { externalId: 'followed' } })
    await client.revoke(consent.id)
    const LIFE = ['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED', 'REVOKED']
    for (let count = 1; statusesOf(routed).length < LIFE.length; count += 1) await routed.until('next', count)
    expect(statusesOf(routed)).toEqual(LIFE)
  })

  test('with what its credential may see, and nothing else', async () => {
    const client = operationsOf(gateway)
    await client.createUser('seen')
    await client.createUser('unseen')
    const one = await subscribe(await client.token('seen'))
    const stranger = await subscribe(OTHER.apiKey)
    await Promise.all([one.until('next'), stranger.until('next')])
    await client.authorize({ user: { externalId: 'unseen' } })
    await client.authorize({ user: { externalId: 'seen' } })
    const shown = (): readonly unknown[] =>
      one.messages.flatMap(({ payload }) => payload?.data?.consentEvents.consent?.user.externalId ?? [])
    for (let count = 1; shown().length < 3; count += 1) await one.until('next', count)
    expect(new Set(shown())).toEqual(new Set(['seen']))
    expect(statusesOf(stranger)).toEqual([])
  })

  test('until the gateway stops: each subscription is terminated, with an error that says to subscribe again', async () => {
    const stopping = await startGateway()
    const options = { authorization: `Bearer ${stopping.apiKey}` }
    const all = await Promise.all(
      Array.from({ length: 10 }, () => router.subscribe(`${stopping.url}/graphql`, EVENTS, options)),
    )
    expect(await stopping.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    for (const routed of all) {
      expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'OVERLOADED', retryable: true } }])
    }
    await stopping[Symbol.asyncDispose]()
  })
})

test('no address inside the network is called in production', async () => {
  await using production = await openProduction()
  await using inside = await startInside()
  const { apiKey } = await askCli<{ apiKey: string }>(['client', 'create', '--name', 'router'], production.env)
  const hosts = [...INSIDE_HOSTS, 'localhost'].map((host) => `https://${host}`)
  for (const host of [...hosts, 'http://127.0.0.1', 'http://localhost']) {
    const routed = await router.subscribe(`${production.gateway.url}/graphql`, EVENTS, {
      authorization: `Bearer ${apiKey}`,
      subscription: { callbackUrl: `${host}:${inside.port}/callback` },
    })
    expect([host, routed.status, routed.body.errors[0].extensions.code]).toEqual([host, 400, 'CALLBACK_REFUSED'])
  }
  expect(inside.connections()).toBe(0)
})

test('in production a router on a private network is called where it is named, and told when its client is disabled', async () => {
  await using data = await temporaryDirectory()
  const env = { ...productionEnv(data.path), ROUTER_CALLBACK_ORIGINS: router.origin }
  await using production = await startProduction(env)
  const made = await askCli<{ client: { id: string }; apiKey: string }>(['client', 'create', '--name', 'router'], env)
  const routed = await router.subscribe(`${production.url}/graphql`, EVENTS, { authorization: `Bearer ${made.apiKey}` })
  await routed.until('next')
  await askCli(['client', 'disable', made.client.id], env)
  expect(await routed.terminated()).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', retryable: false } }])
})
