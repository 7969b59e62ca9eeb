import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { settle } from '../store/entities.ts'
import { expectKept, expectWhole, openOneBank, playRound, type Sent } from './acknowledged.ts'
import { type Campaign, openCampaign } from './campaign.ts'
import { canRecord, compileRecorder, openRecorder, replaceFiles } from './disk/power.ts'
import { filesAfterCut, printedBy, type Survival } from './disk/recording.ts'
import { findLost } from './kept-commits.ts'
import { writeAndKill } from './writer.ts'

const CUTS = { short: 12, long: 200 }
const GATEWAY_CUTS = { short: 3, long: 30 }
const COMMITS = 150

const WEAK_SYNC = pathToFileURL(join(import.meta.dirname, 'programs/weak-sync.ts')).href

const survivalBy = (random: () => number): Survival =>
  (['NOTHING', 'SOME', 'SOME', 'EVERYTHING'] as const)[Math.floor(random() * 4)]!

describe.skipIf(!canRecord)('a power cut, which leaves what was forced to the disk and any part of the rest', () => {
  let library: string
  beforeAll(async () => {
    const directory = await temporaryDirectory()
    library = compileRecorder(directory.path)
    return () => directory[Symbol.asyncDispose]()
  })

  /** A recording of the store under eight writers, from a start to a kill. */
  const recordWrites = async (root: string, env: Readonly<Record<string, string>> = {}) => {
    const directory = join(root, 'data')
    const store = await openEmbeddedStore({ directory, sealer })
    const tenant = await settle(store)
    await store.close()
    const recorder = await openRecorder(library, directory, join(root, 'log'))
    await writeAndKill(directory, tenant, { after: COMMITS, env: { ...recorder.env, ...env } })
    return { tenant, ...(await recorder.read()) }
  }

  test('takes nothing that the store acknowledged, at any moment', { timeout: 900_000 }, async (context) => {
    const { rounds, isLong, random } = openCampaign(context, CUTS)
    await using root = await temporaryDirectory()
    const { tenant, recording, before } = await recordWrites(root.path)
    let acknowledgedInAll = 0
    for (let cut = 0; cut < rounds; cut += 1) {
      const moment = Math.floor(random() * recording.length)
      const survival = survivalBy(random)
      const directory = join(root.path, 'cut')
      await replaceFiles(directory, filesAfterCut(recording, before, { moment, survival, random }))
      const acknowledged = printedBy(recording, moment) as ConsentId[]
      expect(await findLost(directory, tenant, acknowledged), `${survival} at ${moment}`).toEqual([])
      acknowledgedInAll += acknowledged.length
    }
    expect(acknowledgedInAll).toBeGreaterThan(0)
    if (isLong) console.log(`${rounds} cuts, ${acknowledgedInAll} acknowledged commits looked for, none lost`)
  })

  test('takes acknowledged commits where the log is not forced to the disk: this test can fail', async (context) => {
    const { random } = openCampaign(context, CUTS)
    await using root = await temporaryDirectory()
    const { tenant, recording, before } = await recordWrites(root.path, { NODE_OPTIONS: `--import=${WEAK_SYNC}` })
    const directory = join(root.path, 'cut')
    const cut = { moment: recording.length, survival: 'NOTHING', random } as const
    await replaceFiles(directory, filesAfterCut(recording, before, cut))
    expect(await findLost(directory, tenant, printedBy(recording) as ConsentId[])).not.toEqual([])
  })

  test('in a first start leaves a directory that the next start takes', { timeout: 900_000 }, async (context) => {
    const { rounds, random } = openCampaign(context, GATEWAY_CUTS)
    await using root = await temporaryDirectory()
    await using oneBank = await openOneBank(root.path)
    const recorder = await openRecorder(library, oneBank.dataDir, join(root.path, 'log'))
    await using first = await startGateway({ ...oneBank, env: { ...oneBank.env, ...recorder.env } })
    await first.stop('SIGKILL')
    const { recording, before } = await recorder.read()
    for (let cut = 0; cut < rounds; cut += 1) {
      const moment = Math.floor(random() * recording.length)
      await replaceFiles(
        oneBank.dataDir,
        filesAfterCut(recording, before, { moment, survival: survivalBy(random), random }),
      )
      await using gateway = await startGateway(oneBank)
      expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200)
    }
  })

  const playCut = async (
    oneBank: Awaited<ReturnType<typeof openOneBank>>,
    sent: readonly Sent[],
    { random }: Campaign,
    { round, log }: { readonly round: number; readonly log: string },
  ): Promise<readonly Sent[]> => {
    const recorder = await openRecorder(library, oneBank.dataDir, log)
    await using gateway = await startGateway({ ...oneBank, env: { ...oneBank.env, ...recorder.env } })
    await expectKept(gateway, sent)
    const strike = async (withinMs: number): Promise<void> => {
      await delay(random() * withinMs)
      await gateway.stop('SIGKILL')
    }
    const played = await playRound(gateway, oneBank, { number: round, random, strike })
    const { recording, before } = await recorder.read()
    const cut = { moment: recording.length, survival: survivalBy(random), random }
    await replaceFiles(oneBank.dataDir, filesAfterCut(recording, before, cut))
    return played
  }

  test('takes nothing that the gateway answered, and doubles nothing', { timeout: 1_800_000 }, async (context) => {
    const campaign = openCampaign(context, GATEWAY_CUTS)
    await using root = await temporaryDirectory()
    await using oneBank = await openOneBank(root.path)
    const sent: Sent[] = []
    for (let round = 0; round < campaign.rounds; round += 1) {
      sent.push(...(await playCut(oneBank, sent.slice(-4), campaign, { round, log: join(root.path, 'log') })))
    }
    await using gateway = await startGateway(oneBank)
    await expectKept(gateway, sent)
    await expectWhole(gateway, oneBank, sent)
    const acknowledged = sent.filter(({ payload }) => payload !== null).length
    if (campaign.isLong)
      console.log(`${campaign.rounds} cuts, ${acknowledged} of ${sent.length} acknowledged, none lost`)
  })
})
