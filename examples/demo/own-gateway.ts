import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DemoFailure } from './failure.ts'
import { interrupted } from './gateway.ts'

/** A gateway that lives as long as the demo, on a free port, with data that go when it goes. */
export interface OwnGateway extends AsyncDisposable {
  readonly url: string
  readonly apiKey: string
}

const START_DEADLINE_MS = 30_000

/** Its address, once it has printed that it is ready. */
const untilReady = (child: ChildProcess, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    let printed = ''
    const fail = (why: string): void =>
      reject(new DemoFailure('NO_START', `The gateway ${why}.\n${printed}`.trim(), 'Try `npm ci`, then `npm start`.'))
    const deadline = setTimeout(() => fail('took too long to start'), START_DEADLINE_MS)
    const read = (text: string): void => {
      printed += text
      const url = /GraphQL\s+(http\S+)\/graphql/.exec(printed)?.[1]
      if (url === undefined) return
      clearTimeout(deadline)
      resolve(url)
    }
    child.stdout?.setEncoding('utf8').on('data', read)
    child.stderr?.setEncoding('utf8').on('data', read)
    child.once('error', ({ message }) => fail(`could not be started: ${message}`))
    child.once('exit', () => {
      clearTimeout(deadline)
      fail('ended')
    })
    signal.addEventListener('abort', () => reject(interrupted(signal.reason)), { once: true })
  })

export const startOwnGateway = async (signal: AbortSignal): Promise<OwnGateway> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'consentgraph-demo-'))
  const apiKey = crypto.randomUUID()
  // Nothing else of this environment: with a bank's credentials in it, the demo would not meet the sandbox.
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.js')], {
    env: { PORT: '0', CONSENTGRAPH_DATA_DIR: dataDir, CONSENTGRAPH_API_KEY: apiKey },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the demo alone, which ends this one when it has ended itself.
    detached: true,
  })
  const dispose = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    }
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    return { url: await untilReady(child, signal), apiKey, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
