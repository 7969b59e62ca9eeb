import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type Scene, sceneOf } from '../e2e/four-ways.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import type { Account } from './meter.ts'

export interface MeteredScene extends AsyncDisposable {
  readonly scene: Scene
  account(): Promise<Account>
}

const OF_CLIENTS = [
  'CLIENT_OPERATIONS',
  'CLIENT_MUTATIONS',
  'CLIENT_AUTHORIZATIONS',
  'CLIENT_TOKENS',
  'USER_OPERATIONS',
]
const OF_USERS = ['USER_STARTS', 'USER_ANSWERS']

/** Limits that are told to the store for many operations at once would fall on one of them; small ones are told each time. */
const LIMITS = Object.fromEntries([
  ...OF_CLIENTS.map((limit) => [`RATE_LIMIT_${limit}`, '0']),
  ...OF_USERS.map((limit) => [`RATE_LIMIT_${limit}`, '39']),
])

/** The real process with its four simulators, and what its work costs. */
export const openMeteredScene = async (): Promise<MeteredScene> => {
  await using opening = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'cost-'))
  opening.defer(() => rm(directory, { recursive: true, force: true }))
  const socket = join(directory, 'counts.sock')
  const meter = join(import.meta.dirname, 'meter.ts')
  const env = { ...LIMITS, COUNTS_SOCKET: socket, NODE_OPTIONS: `--import=${meter}` }
  const scene = opening.use(await sceneOf(await startGateway({ env })))
  const kept = opening.move()
  return {
    scene,
    account: async () => JSON.parse(await text(connect(socket))) as Account,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
