import { createClient } from 'graphql-sse'
import { describe, expect, test } from 'vitest'
import { openLiveClient } from '../e2e/live-client.ts'
import { operationsOf } from '../e2e/operations.ts'
import { startHiveGateway } from './router.ts'
import { type RouterScene, testRouter } from './router-suite.ts'

const EVENTS = `subscription ($user: UserRef!) { consentEvents(filter: { user: $user }) {
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

testRouter(
  'behind Hive Gateway',
  (subgraphs) => startHiveGateway(subgraphs),
  (scene: () => RouterScene) => {
    /** From the start to the revocation, through the router. */
    const live = async (externalId: string): Promise<void> => {
      const { consent } = await scene().client.authorize({ user: { externalId } })
      await scene().client.revoke(consent.id)
    }

    describe('subscriptions, over a WebSocket to the gateway', () => {
      test('of a client on a WebSocket bring each event, joined with what other graphs know', async () => {
        await using client = openLiveClient(scene().router.url, scene().subgraphs.gateway.apiKey)
        const events = client.subscribe<{ consentEvents: Event }, 'consentEvents'>('consentEvents', EVENTS, EVA)
        await events.until(({ __typename }) => __typename === 'ConsentSnapshot')
        const living = live('eva')
        const seen: Event[] = []
        while (seen.length < STATUSES.length) {
          seen.push(await events.until(({ __typename }) => __typename === 'ConsentStatusChanged'))
        }
        await living
        expect(seen.map(({ to }) => to)).toEqual(STATUSES)
        expect(seen.map(({ consent }) => consent?.cases)).toEqual(STATUSES.map(() => []))
      })

      test('of a client on an event stream, with its credential in a header', async () => {
        const { url } = scene().router
        const client = createClient({
          url: `${url}/graphql`,
          headers: { authorization: `Bearer ${scene().subgraphs.gateway.apiKey}` },
          retryAttempts: 0,
        })
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
        await using client = openLiveClient(scene().router.url, credential)
        const events = client.subscribe<{ consentEvents: Event }, 'consentEvents'>('consentEvents', EVENTS, EVA)
        await expect(events.next()).rejects.toThrow()
      })

      test('show one person with a user token', async () => {
        const token = await operationsOf(scene().subgraphs.gateway).token('bert')
        await using client = openLiveClient(scene().router.url, token)
        const all = EVENTS.replace(' ($user: UserRef!)', '').replace('(filter: { user: $user })', '')
        const events = client.subscribe<{ consentEvents: Event }, 'consentEvents'>('consentEvents', all)
        await events.until(({ __typename }) => __typename === 'ConsentSnapshot')
        await live('eva')
        const { consent } = await scene().client.authorize({ user: { externalId: 'bert' } })
        const next = await events.until(({ __typename }) => __typename === 'ConsentStatusChanged')
        expect(next.consent?.id).toBe(consent.id)
      })
    })
  },
)
