import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LiveStream, openLiveClient } from '../e2e/live-client.ts'
import { operationsOf } from '../e2e/operations.ts'
import { type Router, startHiveGateway } from './router.ts'
import { type RouterScene, testRouter } from './router-suite.ts'

const EVENTS = `subscription ($user: UserRef) { consentEvents(filter: { user: $user }) {
  __typename
  ... on ConsentStatusChanged { to consent { id cases { note } } }
} }`

interface Event {
  readonly __typename: string
  readonly to?: string
  readonly consent?: { readonly id: string; readonly cases: readonly object[] }
}

const EVA = { user: { externalId: 'eva' } }
const STATUSES = ['INITIATED', 'AWAITING_AUTHORIZATION', 'AUTHORIZED', 'REVOKED']

const isChange = ({ __typename }: Event): boolean => __typename === 'ConsentStatusChanged'

/** @param env says how the router follows the gateway; empty: as the router of the scene does */
const testSubscriptions = (scene: () => RouterScene, env: Readonly<Record<string, string>> = {}): void => {
  let own: Router | null = null
  const url = (): string => (own ?? scene().router).url

  beforeAll(async () => {
    if (Object.keys(env).length > 0) own = await startHiveGateway(scene().subgraphs, env)
  })
  afterAll(async () => {
    await own?.[Symbol.asyncDispose]()
  })

  const follow = async (
    client: ReturnType<typeof openLiveClient>,
    variables: Readonly<Record<string, unknown>> = {},
  ): Promise<LiveStream<Event>> => {
    const events = client.subscribe<{ consentEvents: Event }, 'consentEvents'>('consentEvents', EVENTS, variables)
    await events.until(({ __typename }) => __typename === 'ConsentSnapshot')
    return events
  }

  test('of a client on a WebSocket bring each event, joined with what other graphs know', async () => {
    await using client = openLiveClient(url(), scene().subgraphs.gateway.apiKey)
    const events = await follow(client, EVA)
    const { consent } = await scene().client.authorize(EVA)
    await scene().client.revoke(consent.id)
    const seen: Event[] = []
    while (seen.length < STATUSES.length) seen.push(await events.until(isChange))
    expect(seen).toMatchObject(STATUSES.map((to) => ({ to, consent: { id: consent.id, cases: [] } })))
  })

  test('of a client on an event stream come too, with its credential in a header', async () => {
    const authorization = `Bearer ${scene().subgraphs.gateway.apiKey}`
    const client = createClient({ url: `${url()}/graphql`, headers: { authorization }, retryAttempts: 0 })
    const results = client.iterate<{ consentEvents: Event }>({ query: EVENTS, variables: EVA })
    const first = await results.next()
    expect(first.value?.data?.consentEvents.__typename).toBe('ConsentSnapshot')
    await results.return?.()
    client.dispose()
  })

  test.each([
    ['without a credential', null],
    ['with an unknown one', 'cg_live_unknown'],
  ])('%s are refused', async (_, credential) => {
    await using client = openLiveClient(url(), credential)
    await expect(follow(client, EVA)).rejects.toThrow()
  })

  test('show one person with a user token', async () => {
    await using client = openLiveClient(url(), await operationsOf(scene().subgraphs.gateway).token('bert'))
    const events = await follow(client)
    await scene().client.authorize(EVA)
    const { consent } = await scene().client.authorize({ user: { externalId: 'bert' } })
    expect((await events.until(isChange)).consent?.id).toBe(consent.id)
  })
}

testRouter('behind Hive Gateway', startHiveGateway, (scene: () => RouterScene) => {
  describe('subscriptions, over a WebSocket to the gateway', () => {
    testSubscriptions(scene)
  })

  describe('subscriptions, by callbacks of the gateway', () => {
    testSubscriptions(scene, { SUBSCRIBE_BY: 'callback' })
  })
})
