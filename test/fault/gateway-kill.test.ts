import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { expectKept, expectWhole, openOneBank, playRound, type Sent } from './acknowledged.ts'
import { openCampaign, quantile } from './campaign.ts'

/** Each round kills the gateway at a random moment between the requests and the last commit. */
const ROUNDS = { short: 25, long: 200 }

/** Of a second in `/proc/PID/stat`. */
const TICKS_PER_SECOND = 100

/** What a process has computed so far, which a busy machine does not change; NaN where the system does not tell. */
const cpuMsOf = (pid: number): number => {
  if (process.platform !== 'linux') return Number.NaN
  // After the name in brackets: the state, and then utime and stime as 12th and 13th.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
}

test(
  'a gateway that is killed at any moment loses nothing it acknowledged, and does nothing twice',
  { timeout: 2_400_000 },
  async (context) => {
    const { rounds, isLong, random } = openCampaign(context, ROUNDS)
    await using directory = await temporaryDirectory()
    await using oneBank = await openOneBank(directory.path)
    const sent: Sent[] = []
    const readyMs: number[] = []
    const readyCpuMs: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = performance.now()
      await using gateway = await startGateway(oneBank)
      readyMs.push(performance.now() - startedAt)
      readyCpuMs.push(cpuMsOf(gateway.pid))
      await expectKept(gateway, sent.slice(-4))
      const strike = async (withinMs: number): Promise<void> => {
        await delay(random() * withinMs)
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
      const inWords = (of: readonly number[]) =>
        `p50 ${Math.round(quantile(of, 0.5))} ms, p99 ${Math.round(quantile(of, 0.99))} ms`
      console.log(`${rounds} kills, ${acknowledged} of ${sent.length} mutations acknowledged, none lost`)
      console.log(
        `ready again after ${inWords(readyMs.slice(1))}, of which it computed ${inWords(readyCpuMs.slice(1))}`,
      )
    }
  },
)
