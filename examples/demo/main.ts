import { bankId } from './bankid.ts'
import { describeConsent, readConsents } from './consent.ts'
import { DemoFailure } from './failure.ts'
import type { Flow, Stage } from './flow.ts'
import { connectGateway, interrupted } from './gateway.ts'
import { hosted } from './hosted.ts'
import { otp } from './otp.ts'
import { startOwnGateway } from './own-gateway.ts'
import { findReturnAddress, toPerson } from './person.ts'
import { connect, type Connected, takeBack } from './play.ts'
import { redirect } from './redirect.ts'
import { createScreen } from './screen.ts'
import { watch } from './watch.ts'

/*
 * `npm run demo`: every flow at the same time, or those that are named: `npm run demo -- otp bankid`. Against the gateway
 * of CONSENTGRAPH_URL and CONSENTGRAPH_API_KEY, or against one of its own.
 */

const FLOWS: readonly Flow[] = [otp, redirect, hosted, bankId]

/** A flow on its way. */
interface Part {
  readonly flow: Flow
  readonly stage: Stage
  connected: Connected | null
  failure: DemoFailure | null
}

const { CONSENTGRAPH_URL: url = '', CONSENTGRAPH_API_KEY: apiKey = '', NO_COLOR: noColor = '' } = process.env
const screen = createScreen(process.stdout, noColor === '')
const stopped = new AbortController()
// Under npm, Ctrl-C comes twice: from the terminal, and passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopped.abort())

const toFailure = (error: unknown): DemoFailure =>
  error instanceof DemoFailure
    ? error
    : new DemoFailure('UNEXPECTED', String(error), 'This is a fault of the demo: report it.', error)

const choose = (names: readonly string[]): readonly Flow[] => {
  const unknown = names.find((name) => !FLOWS.some((flow) => flow.name === name))
  if (unknown === undefined) return names.length === 0 ? FLOWS : FLOWS.filter(({ name }) => names.includes(name))
  const known = FLOWS.map(({ name }) => name).join(', ')
  throw new DemoFailure('UNKNOWN_FLOW', `There is no flow "${unknown}".`, `Name one of: ${known}.`)
}

/** All of them at the same time. One that fails leaves the others alone. */
const together = async (parts: readonly Part[], work: (part: Part) => Promise<void>): Promise<void> => {
  const attempt = async (part: Part): Promise<void> => {
    try {
      if (part.failure === null) await work(part)
    } catch (error) {
      part.failure = toFailure(error)
    }
  }
  await Promise.all(parts.map(attempt))
  if (stopped.signal.aborted) throw interrupted(stopped.signal.reason)
}

const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1000).toFixed(2)} s`)

const play = async (): Promise<void> => {
  const flows = choose(process.argv.slice(2))
  if (url !== '' && apiKey === '') {
    throw new DemoFailure('NO_KEY', 'CONSENTGRAPH_URL comes without a key.', 'Set CONSENTGRAPH_API_KEY too.')
  }
  await using own = url === '' ? await startOwnGateway(stopped.signal) : null
  const at = own ?? { url: url.replace(/\/+$/, ''), apiKey }
  screen.title(`${own === null ? 'Using' : 'Started'} the gateway at ${at.url}`)
  const backend = connectGateway({ url: at.url, credential: at.apiKey, signal: stopped.signal })

  const all = screen.column('all')
  all.step("The backend creates a user, and a token for that person's screen.")
  const { externalId, userId, token } = await toPerson(backend)
  all.result(`${externalId} is ${userId}`)
  const returnTo = await findReturnAddress(backend)
  const gateway = backend.as(token)

  all.step('The screen opens a WebSocket. From here on everything is asked with the token.')
  const columns = new Map(flows.map(({ name, provider }) => [provider, screen.column(name)]))
  using live = await watch(gateway, (provider) => columns.get(provider ?? '') ?? all)

  screen.title(`One person connects, in ${flows.length} ${flows.length === 1 ? 'way' : 'ways at the same time'}`)
  const parts = flows.map((flow): Part => {
    const stage = { gateway, column: screen.column(flow.name), live, returnTo }
    return { flow, stage, connected: null, failure: null }
  })
  await together(parts, async (part) => {
    part.connected = await connect(part.stage, part.flow, userId)
  })

  screen.title('One question about all of them')
  for (const consent of await readConsents(gateway)) {
    const column = columns.get(consent.provider.id) ?? all
    column.result(describeConsent(consent))
  }

  screen.title('The person changes their mind')
  await together(parts, async ({ stage, connected }) => {
    if (connected !== null) await takeBack(stage, connected.consentId)
  })

  const left = new Map((await readConsents(gateway)).map((consent) => [consent.provider.id, consent]))
  screen.table([
    ['flow', 'through', 'the person', 'live after', 'consent', 'at the bank'],
    ...parts.map(({ flow, connected }) => {
      const consent = left.get(flow.provider)
      const [status = '-', confirmed = '-'] = [consent?.status, consent?.revocation?.state]
      const through = consent?.provider.displayName ?? flow.provider
      return [flow.name, through, connected?.act ?? '-', seconds(connected?.tookMs), status, confirmed]
    }),
  ])
  for (const { flow, failure } of parts) if (failure !== null) screen.failure(failure, flow.name)
  if (parts.some(({ failure }) => failure !== null)) process.exitCode = 1
  else screen.title('Done.')
}

try {
  await play()
} catch (error) {
  screen.failure(toFailure(error))
  process.exitCode = 1
}
