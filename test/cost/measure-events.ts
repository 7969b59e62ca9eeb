import { operationsOf } from '../e2e/operations.ts'
import { openStream } from '../server/stream-client.ts'
import { DOCUMENTS } from './documents.ts'
import { COUNTED, type Counts } from './ledger.ts'
import { NAME_HEADER } from './meter.ts'
import type { MeteredScene } from './metered-gateway.ts'
import type { CostTable } from './table.ts'

const SOCKETS = 20
const RESUMED = 'three events that were missed, resumed'
const USER = { externalId: 'followed' }

interface Item {
  readonly __typename: string
  readonly cursor: string
}

const difference = (after: Counts, before: Counts): Counts =>
  Object.fromEntries(
    COUNTED.flatMap((what) => {
      const times = (after[what] ?? 0) - (before[what] ?? 0)
      return times === 0 ? [] : [[what, times]]
    }),
  )

/** What events cost beyond the change that they tell of, by who follows it; and what it costs to come again. */
export const measureEvents = async ({ scene, account }: MeteredScene): Promise<CostTable> => {
  const { gateway } = scene
  const client = operationsOf(gateway)
  await client.createUser(USER.externalId)
  const token = await client.token(USER.externalId)
  const filter = { user: USER }

  /** A cancellation: the consent is REJECTED, and its revocation is on its way, then confirmed. Sent to one socket for each credential. */
  const eventsTo = async (credentials: readonly string[]): Promise<Counts> => {
    await using stack = new AsyncDisposableStack()
    const { session } = await client.begin({ user: USER })
    const streams = credentials.map((credential) =>
      stack
        .use(gateway.live(credential))
        .subscribe<{ consentEvents: Item }, 'consentEvents'>('consentEvents', DOCUMENTS.consentEvents, { filter }),
    )
    // The snapshot: from here on it is served.
    await Promise.all(streams.map((stream) => stream.next()))
    const before = (await account()).events
    await client.cancel(session.id)
    for (let heard = 0; heard < 3; heard += 1) await Promise.all(streams.map((stream) => stream.next()))
    return difference((await account()).events, before)
  }

  const resume = async (name: string): Promise<Counts> => {
    const { session } = await client.begin({ user: USER })
    const { consentEvents } = await gateway.graphql<{ consentEvents: { pageInfo: { endCursor: string } } }>(
      'query ($filter: ConsentStreamFilter) { consentEvents(first: 100, filter: $filter) { pageInfo { endCursor } } }',
      { filter },
    )
    await client.cancel(session.id)
    const body = { query: DOCUMENTS.consentEvents, variables: { filter, after: consentEvents.pageInfo.endCursor } }
    const headers = { authorization: `Bearer ${gateway.apiKey}`, accept: 'text/event-stream', [NAME_HEADER]: name }
    await using stream = await openStream(gateway, { headers, body })
    for (let heard = 0; heard < 3; heard += 1) await stream.next()
    return (await account()).requests[name]?.at(-1) ?? {}
  }

  const ofOne = (credential: string, sockets: number): readonly string[] => Array<string>(sockets).fill(credential)
  const half = SOCKETS / 2
  return {
    'three events, to one socket': await eventsTo([gateway.apiKey]),
    [`three events, to ${SOCKETS} sockets of one API key`]: await eventsTo(ofOne(gateway.apiKey, SOCKETS)),
    [`three events, to ${half} sockets of an API key and ${half} of a user token`]: await eventsTo([
      ...ofOne(gateway.apiKey, half),
      ...ofOne(token, half),
    ]),
    [RESUMED]: await resume(RESUMED),
  }
}
