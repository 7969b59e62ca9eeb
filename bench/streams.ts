/**
 * `node bench/streams.ts`: what subscriptions cost.
 *
 * --quick         few sockets and short: shows that everything works, and is too noisy to be kept
 * --only=<text>   fan-out, sockets or resume
 * --profile=<dir> leaves CPU profiles of the gateway there
 */
import { parseArgs } from 'node:util'
import { measureFanOut } from './fan-out.ts'
import { measureIdleSockets } from './idle-sockets.ts'
import { measureResume } from './resume.ts'
import { createStreamStand } from './stream-stand.ts'

const { values: given } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' }, profile: { type: 'string' } },
})
const size = given.quick
  ? { users: 1_000, sockets: 500, rounds: 2, steps: [100, 1_000], durationMs: 1_000, subscribers: 200 }
  : { users: 10_000, sockets: 10_000, rounds: 7, steps: [1_000, 10_000], durationMs: 10_000, subscribers: 1_000 }
const nodeOptions = given.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${given.profile}`]
const wants = (name: string): boolean => given.only === undefined || given.only === name

await using stand = await createStreamStand(size.users)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 1)}\n`)
if (wants('fan-out')) {
  say(await measureFanOut(stand, { sockets: size.sockets, rounds: size.rounds, eventsPerRound: 5, nodeOptions }))
}
if (wants('sockets')) {
  say(
    await measureIdleSockets(stand, {
      steps: size.steps,
      perSecond: 1_000,
      durationMs: size.durationMs,
      nodeOptions,
    }),
  )
}
if (wants('resume')) say(await measureResume(stand, { subscribers: size.subscribers, nodeOptions }))
