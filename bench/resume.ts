import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from './quantile.ts'
import type { StreamStand } from './stream-stand.ts'

/** A gateway that comes back, and subscribers who all come back to it at once, each with a cursor and one event missed. */
export interface Resume {
  readonly subscribers: number
  /** From the first handshake until the last had the event that it had missed. */
  readonly tookMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly cpuMsPerResume: number
  readonly statementsPerResume: number
  /** The same of `ws` that verifies the token and sends one message. */
  readonly raw: { readonly tookMs: number; readonly cpuMsPerResume: number }
}

export interface ResumeOptions {
  readonly subscribers: number
  readonly nodeOptions?: readonly string[]
}

export const measureResume = async (
  stand: StreamStand,
  { subscribers, nodeOptions = [] }: ResumeOptions,
): Promise<Resume> => {
  await using stack = new AsyncDisposableStack()
  const watchers = stand.watchers.slice(0, subscribers)
  const consentIds = watchers.map(({ consentId }) => consentId)
  const members = watchers.map(({ authorization }) => ({ authorization, variables: {} }))

  const raw = stack.use(await stand.startRaw())
  const ofRaw = stack.use(stand.startCrowd())
  const { cpuMs: rawBefore } = await raw.send(null)
  const openedRaw = await ofRaw.open(raw.port, members)
  const { cpuMs: rawAfter } = await raw.send(null)

  const first = stack.use(await stand.startGateway())
  const crowd = stack.use(stand.startCrowd())
  const { cursors } = await crowd.open(first.port, members)
  await first[Symbol.asyncDispose]()

  // While they are away: by a gateway that nobody listens to.
  const second = stack.use(await stand.startGateway())
  await second.write({ consentIds, events: subscribers, perSecond: 0 })
  await second[Symbol.asyncDispose]()

  const third = stack.use(await stand.startGateway(nodeOptions))
  await pause(1_000)
  const before = await third.use()
  const resuming = members.map(({ authorization }, index) => ({ authorization, variables: { after: cursors[index] } }))
  const opened = await crowd.open(third.port, resuming)
  const after = await third.use()

  // Live, and nothing twice: one more for each, and nothing besides.
  await crowd.reset()
  await third.write({ consentIds, events: subscribers, perSecond: 1_000 })
  const { fewest, most } = await crowd.receive(subscribers)
  if (fewest !== 1 || most !== 1) throw new Error(`after the resume one event came ${fewest} to ${most} times`)

  const statements =
    after.statements.read + after.statements.committed - before.statements.read - before.statements.committed
  return {
    subscribers,
    tookMs: opened.tookMs,
    p50Ms: quantile(opened.eachMs, 0.5),
    p99Ms: quantile(opened.eachMs, 0.99),
    cpuMsPerResume: (after.cpuMs - before.cpuMs) / subscribers,
    statementsPerResume: statements / subscribers,
    raw: { tookMs: openedRaw.tookMs, cpuMsPerResume: (rawAfter - rawBefore) / subscribers },
  }
}
