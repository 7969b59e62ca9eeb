import { expect } from 'vitest'
import type { EventCursor } from '../../src/domain/event.ts'
import type { ConsentId } from '../../src/domain/ids.ts'
import type { Store } from '../../src/domain/store.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer } from '../store/directory.ts'
import type { Tenant } from '../store/entities.ts'

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

/** Opens the directory that `write-until-killed.ts` wrote to: which of the commits that it acknowledged are not there. */
export const findLost = async (
  directory: string,
  { ofUser }: Tenant,
  acknowledged: readonly ConsentId[],
): Promise<readonly ConsentId[]> => {
  const store = await openEmbeddedStore({ directory, sealer })
  try {
    const stored = await store.consents.byIds(ofUser, acknowledged)
    // No half of a commit: each version of a consent came with its event.
    const events = await countEvents(store)
    const everything = await store.consents.byIds('SYSTEM', [...events.keys()])
    expect(everything.map((consent) => consent?.version)).toEqual([...events.values()])
    expect(await store.consents.count('SYSTEM', {})).toBe(events.size)
    return acknowledged.filter((_, index) => stored[index]?.status !== 'AUTHORIZED')
  } finally {
    await store.close()
  }
}
