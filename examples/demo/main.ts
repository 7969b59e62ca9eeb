import { DemoFailure } from './failure.ts'
import type { Flow } from './flow.ts'
import { connectGateway } from './gateway.ts'
import { otp } from './otp.ts'
import { startOwnGateway } from './own-gateway.ts'
import { createScreen } from './screen.ts'

/*
 * `npm run demo`: every flow, or those that are named: `npm run demo -- otp`. Against the gateway of CONSENTGRAPH_URL and
 * CONSENTGRAPH_API_KEY, or against one of its own.
 */

const FLOWS: readonly Flow[] = [otp]

const { CONSENTGRAPH_URL: url = '', CONSENTGRAPH_API_KEY: apiKey = '', NO_COLOR: noColor = '' } = process.env
const screen = createScreen(process.stdout, noColor === '')
const stopped = new AbortController()
// Under npm, Ctrl-C comes twice: from the terminal, and passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())

const choose = (names: readonly string[]): readonly Flow[] => {
  const unknown = names.find((name) => !FLOWS.some((flow) => flow.name === name))
  if (unknown === undefined) return names.length === 0 ? FLOWS : FLOWS.filter(({ name }) => names.includes(name))
  const known = FLOWS.map(({ name }) => name).join(', ')
  throw new DemoFailure('UNKNOWN_FLOW', `There is no flow "${unknown}".`, `Name one of: ${known}.`)
}

const play = async (): Promise<void> => {
  const flows = choose(process.argv.slice(2))
  if (url !== '' && apiKey === '') {
    throw new DemoFailure('NO_KEY', 'CONSENTGRAPH_URL comes without a key.', 'Set CONSENTGRAPH_API_KEY too.')
  }
  await using own = url === '' ? await startOwnGateway(stopped.signal) : null
  const at = own ?? { url: url.replace(/\/+$/, ''), apiKey }
  screen.title(`${own === null ? 'Using' : 'Started'} the gateway at ${at.url}`)
  const gateway = connectGateway({ url: at.url, credential: at.apiKey, signal: stopped.signal })
  for (const flow of flows) {
    screen.title(flow.title)
    await flow.run({ gateway, screen })
  }
  screen.title('Done.')
}

try {
  await play()
} catch (error) {
  const failure =
    error instanceof DemoFailure
      ? error
      : new DemoFailure('UNEXPECTED', String(error), 'This is a fault of the demo: report it.', error)
  screen.failure(failure)
  process.exitCode = 1
}
