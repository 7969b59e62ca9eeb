import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { settle } from '../store/entities.ts'
import { openCampaign } from './campaign.ts'
import { canRecord, compileRecorder, openRecorder } from './disk/power.ts'

/** Commits of each caller. */
const COMMITS = { short: 30, long: 500 }
const SLOW_MS = 8

const run = promisify(execFile)
const WRITER = join(import.meta.dirname, 'programs/write-many.ts')

interface Cost {
  readonly tookMs: number
  readonly loopP50Ms: number
  readonly loopP99Ms: number
  /** How often anything was forced to the disk. */
  readonly syncs: number
}

describe.skipIf(!canRecord)(`a disk that takes ${SLOW_MS} ms for each fsync`, () => {
  let library: string
  beforeAll(async () => {
    const directory = await temporaryDirectory()
    library = compileRecorder(directory.path)
    return () => directory[Symbol.asyncDispose]()
  })

  const write = async (
    load: { readonly callers: number; readonly commits: number; readonly pauseMs: number },
    syncDelayMs: number,
  ): Promise<Cost> => {
    await using root = await temporaryDirectory()
    const directory = join(root.path, 'data')
    const store = await openEmbeddedStore({ directory, sealer })
    const { client, user } = await settle(store)
    await store.close()
    const recorder = await openRecorder(library, directory, join(root.path, 'log'))
    const given = [load.callers, load.commits, load.pauseMs].map(String)
    const { stdout } = await run(process.execPath, [WRITER, directory, client.id, user.id, ...given], {
      env: { ...process.env, ...recorder.env, SYNC_DELAY_MS: String(syncDelayMs) },
    })
    const { recording } = await recorder.read()
    const syncs = recording.filter(({ kind }) => kind === 'SYNCED').length
    return { ...(JSON.parse(stdout) as Omit<Cost, 'syncs'>), syncs }
  }

  test('is shared by those who wait for it: many commits, few syncs', { timeout: 600_000 }, async (context) => {
    const { rounds: commits, isLong } = openCampaign(context, COMMITS)
    const callers = 16
    const slow = await write({ callers, commits, pauseMs: 0 }, SLOW_MS)
    expect(slow.syncs).toBeLessThan((callers * commits) / 4)
    if (!isLong) return
    const fast = await write({ callers, commits, pauseMs: 0 }, 0)
    const alone = await write({ callers: 1, commits, pauseMs: 0 }, SLOW_MS)
    const rate = ({ tookMs }: Cost, of: number): number => Math.round((of * commits * 1000) / tookMs)
    console.log(
      `${SLOW_MS} ms for each fsync: ${rate(slow, callers)} commits/s of ${callers} callers, ${rate(alone, 1)} of one; 0 ms: ${rate(fast, callers)}`,
    )
    console.log(`${callers * commits} commits in ${slow.syncs} syncs on the slow disk, ${fast.syncs} on the other`)
    // About 100 commits a second, as a busy gateway has them.
    const steady = { callers: 4, commits, pauseMs: 40 }
    const [quiet, held] = [await write(steady, 0), await write(steady, SLOW_MS)]
    const loop = ({ loopP50Ms, loopP99Ms }: Cost): string =>
      `p50 ${loopP50Ms.toFixed(2)}, p99 ${loopP99Ms.toFixed(2)} ms`
    console.log(
      `turns of the event loop under 100 commits/s: ${loop(held)} on the slow disk, ${loop(quiet)} on the other`,
    )
  })
})
