import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { DATABASE_FILE } from '../../src/store/embedded/files.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'

const SOON = { timeout: 30_000, interval: 100 } as const

const PAGE = 'query ($after: String) { consentEvents(after: $after, first: 100) { edges { cursor node { id } } } }'
const STREAM = `subscription ($after: String) { consentEvents(after: $after) {
  __typename ... on ConsentEvent { id } ... on StreamGap { gapReason resumeFrom }
} }`
const STORY = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) {
  status history { nodes { id } } explain { nodes { rule } }
} }`

interface Item {
  readonly __typename: string
  readonly id?: string
  readonly resumeFrom?: string
}
interface Edges {
  readonly consentEvents: {
    readonly edges: readonly { readonly cursor: string; readonly node: { readonly id: string } }[]
  }
}
interface Story {
  readonly consent: {
    readonly status: string
    readonly history: { readonly nodes: readonly object[] }
    readonly explain: { readonly nodes: readonly object[] }
  }
}

test('old events are removed without a request, and whoever was behind them is told, however it reads', async () => {
  await using directory = await temporaryDirectory()
  const first = await startGateway({ dataDir: directory.path })
  const { consent } = await operationsOf(first).authorize()
  const before = await first.graphql<Edges>(PAGE)
  const cursor = before.consentEvents.edges[0]!.cursor
  const told = await first.graphql<Story>(STORY, { id: consent.id })
  await first.stop('SIGTERM')
  await first[Symbol.asyncDispose]()

  const database = new DatabaseSync(join(directory.path, DATABASE_FILE))
  const twoDaysAgo = Date.now() - 2 * 86_400_000
  database.exec(`
    update events set at = ${twoDaysAgo};
    update observations set at = ${twoDaysAgo};
    update jobs set due_at = 0 where kind = 'PRUNE'`)
  database.close()

  await using gateway = await startGateway({
    dataDir: directory.path,
    env: { EVENT_RETENTION_DAYS: '1', OBSERVATION_RETENTION_DAYS: '1' },
  })
  await expect.poll(async () => (await gateway.graphql<Edges>(PAGE)).consentEvents.edges, SOON).toEqual([])
  const { errors, status } = await gateway.ask(PAGE, { after: cursor })
  expect(status).toBe(200)
  expect(errors).toMatchObject([
    { extensions: { code: 'CURSOR_EXPIRED', retryable: false, path: ['after'], resumeFrom: expect.any(String) } },
  ])
  // The consent lives: how it came to be what it is can still be read.
  const story = await gateway.graphql<Story>(STORY, { id: consent.id })
  expect(story.consent).toEqual({ ...told.consent, history: { nodes: [] } })

  await using live = gateway.live()
  const subscribe = (after: string) =>
    live.subscribe<{ consentEvents: Item }, 'consentEvents'>('consentEvents', STREAM, { after })
  const [gap, ...rest] = await subscribe(cursor).rest()
  expect(gap).toMatchObject({ __typename: 'StreamGap', gapReason: 'CURSOR_EXPIRED' })
  expect(rest).toEqual([])
  expect(gap!.resumeFrom).toBe(errors[0]!.extensions['resumeFrom'])
  const resumed = subscribe(gap!.resumeFrom!)
  await operationsOf(gateway).revoke(consent.id)
  const next = await resumed.next()
  expect(next.__typename).toBe('ConsentStatusChanged')
  const polled = await gateway.graphql<Edges>(PAGE, { after: gap!.resumeFrom })
  expect(polled.consentEvents.edges[0]!.node).toEqual({ id: next.id })
  expect(gateway.printed.log).toContain('retention.removed')
})
