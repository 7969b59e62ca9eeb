/**
 * `node bench/streams.ts`: what subscriptions cost, beside `ws` as it comes.
 *
 * --quick         few sockets and short: shows that everything works, and is too noisy to be kept
 * --only=<name>   fan-out, sockets or resume
 * --json          everything that was measured, and no table
 * --profile=<dir> leaves CPU profiles of the gateway there
 */
import { parseArgs } from 'node:util'
import { measureStreams, STREAM_WORKLOADS } from './measure-streams.ts'
import { toStreamTable } from './stream-report.ts'

const { values: given } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
})
const measured = await measureStreams({
  quick: given.quick,
  workloads: STREAM_WORKLOADS.filter((name) => given.only === undefined || given.only === name),
  nodeOptions: given.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${given.profile}`],
})
process.stdout.write(`${given.json ? JSON.stringify(measured, null, 1) : toStreamTable(measured)}\n`)
