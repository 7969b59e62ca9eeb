import { describe, expect, test } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { settle } from '../store/entities.ts'
import { openCampaign } from './campaign.ts'
import { findLost } from './kept-commits.ts'
import { writeAndKill } from './writer.ts'

const KILLS = { short: 10, long: 60 }
/** The writer dies after 1 to this many acknowledged commits. */
const MOST_COMMITS = 300

describe('the embedded store, killed while it writes', () => {
  test(
    'has lost nothing that it acknowledged, and holds no half of a commit',
    { timeout: 1_200_000 },
    async (context) => {
      const { rounds, random } = openCampaign(context, KILLS)
      await using directory = await temporaryDirectory()
      const store = await openEmbeddedStore({ directory: directory.path, sealer })
      const tenant = await settle(store)
      await store.close()
      const acknowledged: ConsentId[] = []
      for (let kill = 0; kill < rounds; kill++) {
        const after = 1 + Math.floor(random() * MOST_COMMITS)
        acknowledged.push(...(await writeAndKill(directory.path, tenant, { after })))
        expect(await findLost(directory.path, tenant, acknowledged)).toEqual([])
      }
      expect(acknowledged.length).toBeGreaterThan(rounds * 50)
    },
  )
})
