import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EventCursor } from '../../src/domain/event.ts'
import type { ConsentId } from '../../src/domain/ids.ts'
import type { Store } from '../../src/domain/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { settle, type Tenant } from '../store/entities.ts'
import { openCampaign } from './campaign.ts'

const KILLS = { short: 10, long: 60 }
/** The writer dies after 1 to this many acknowledged commits. */
const MOST_COMMITS = 300
const WRITER = join(import.meta.dirname, '../store/programs/write-until-killed.ts')

/** Kills the writer once it has acknowledged so many commits; answers what it acknowledged by then. */
const writeAndKill = async (
  directory: string,
  { client, user }: Tenant,
  after: number,
): Promise<readonly ConsentId[]> => {
  const writer = spawn(process.execPath, [WRITER, directory, client.id, user.id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  writer.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (printed.split('\n').length > after) writer.kill('SIGKILL')
  })
  const [, signal] = (await once(writer, 'close')) as [number | null, string | null]
  expect(signal).toBe('SIGKILL')
  return printed.split('\n').slice(0, -1) as ConsentId[]
}

/** How many events the log holds for each consent, read page by page. */
const countEvents = async (store: Store): Promise<ReadonlyMap<ConsentId, number>> => {
  const counts = new Map<ConsentId, number>()
  for (let after: EventCursor | null = null, more = true; more;) {
    const page = await store.events.page('SYSTEM', {}, 1_000, after)
    for (const { consentId } of page.rows) counts.set(consentId, (counts.get(consentId) ?? 0) + 1)
    after = page.rows.at(-1)?.cursor ?? null
    more = page.hasNextPage
  }
  return counts
}

describe('the embedded store, killed while it writes', () => {
  test(
    'has lost nothing that it acknowledged, and holds no half of a commit',
    { timeout: 1_200_000 },
    async (context) => {
      const { rounds, random } = openCampaign(context, KILLS)
      await using directory = await temporaryDirectory()
      let store = await openEmbeddedStore({ directory: directory.path, sealer })
      const tenant = await settle(store)
      await store.close()
      const acknowledged: ConsentId[] = []
      for (let kill = 0; kill < rounds; kill++) {
        acknowledged.push(...(await writeAndKill(directory.path, tenant, 1 + Math.floor(random() * MOST_COMMITS))))
        store = await openEmbeddedStore({ directory: directory.path, sealer })
        const stored = await store.consents.byIds(tenant.ofUser, acknowledged)
        expect(stored.filter((consent) => consent?.status !== 'AUTHORIZED')).toEqual([])
        const events = await countEvents(store)
        const everything = await store.consents.byIds('SYSTEM', [...events.keys()])
        expect(everything.map((consent) => consent?.version)).toEqual([...events.values()])
        expect(await store.consents.count('SYSTEM', {})).toBe(events.size)
        await store.close()
      }
      expect(acknowledged.length).toBeGreaterThan(rounds * 50)
    },
  )
})
