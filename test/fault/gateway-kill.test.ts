import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { expectKept, expectWhole, openOneBank, playRound, type Sent } from './acknowledged.ts'
import { openCampaign, quantile } from './campaign.ts'

/** Each round kills the gateway at a random moment between the requests and the last commit. */
const ROUNDS = { short: 25, long: 200 }
/** A mutation takes 10 to 60 ms where nothing is slowed down. */
const LATEST_KILL_MS = 70

test(
  'a gateway that is killed at any moment loses nothing it acknowledged, and does nothing twice',
  { timeout: 2_400_000 },
  async (context) => {
    const { rounds, isLong, random } = openCampaign(context, ROUNDS)
    await using directory = await temporaryDirectory()
    await using oneBank = await openOneBank(directory.path)
    const sent: Sent[] = []
    const readyMs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      await using gateway = await startGateway(oneBank)
      readyMs.push(performance.now() - startedAt)
      await expectKept(gateway, sent.slice(-4))
      const strike = async (): Promise<void> => {
        await delay(random() * LATEST_KILL_MS)
        await gateway.stop('SIGKILL')
      }
      sent.push(...(await playRound(gateway, oneBank, { number: round, random, strike })))
    }

    await using gateway = await startGateway(oneBank)
    await expectKept(gateway, sent)
    await expectWhole(gateway, oneBank, sent)

    const acknowledged = sent.filter(({ payload }) => payload !== null).length
    // The kills came neither all before nor all after the answers.
    expect(acknowledged).toBeGreaterThan(sent.length / 10)
    expect(acknowledged).toBeLessThan((sent.length * 9) / 10)
    if (isLong) {
      const [middle, slowest] = [quantile(readyMs.slice(1), 0.5), quantile(readyMs.slice(1), 0.99)].map(Math.round)
      console.log(`${rounds} kills, ${acknowledged} of ${sent.length} mutations acknowledged, none lost`)
      console.log(`ready again after p50 ${middle} ms, p99 ${slowest} ms, from the start of the process`)
    }
  },
)
