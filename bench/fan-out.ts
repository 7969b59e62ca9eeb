import { quantile } from './quantile.ts'
import type { StreamStand } from './stream-stand.ts'

/** One event to all sockets of one user, beside `ws.send` of as many bytes to as many sockets. */
export interface FanOutRound {
  readonly gateway: FanOutHalf
  readonly raw: FanOutHalf
}

export interface FanOutHalf {
  /** From the commit, or the first `ws.send`, until the last socket had it; the median of the events of the round. */
  readonly lastMs: number
  readonly cpuMsPerEvent: number
}

export interface FanOut {
  readonly sockets: number
  readonly rounds: readonly FanOutRound[]
  readonly messageBytes: number
}

export interface FanOutOptions {
  readonly sockets: number
  readonly rounds: number
  readonly eventsPerRound: number
  readonly nodeOptions?: readonly string[]
}

export const measureFanOut = async (
  stand: StreamStand,
  { sockets, rounds, eventsPerRound, nodeOptions = [] }: FanOutOptions,
): Promise<FanOut> => {
  await using stack = new AsyncDisposableStack()
  const [watcher] = stand.watchers
  if (watcher === undefined) throw new Error('nobody watches')
  const { authorization, consentId } = watcher
  const members = Array.from({ length: sockets }, () => ({ authorization, variables: {} }))
  const gateway = stack.use(await stand.startGateway(nodeOptions))
  const raw = stack.use(await stand.startRaw())
  const ofGateway = stack.use(stand.startCrowd())
  const ofRaw = stack.use(stand.startCrowd())
  await ofGateway.open(gateway.port, members)
  await ofRaw.open(raw.port, members)

  let message = ''
  const one = async (write: () => Promise<number>, crowd: typeof ofRaw): Promise<number> => {
    await crowd.reset()
    const [sentAt, { lastAt, fewest, most, sample }] = await Promise.all([write(), crowd.receive(sockets)])
    if (fewest !== 1 || most !== 1) throw new Error(`one event came ${fewest} to ${most} times`)
    message = sample
    return lastAt - sentAt
  }
  const toGateway = (): Promise<number> =>
    one(async () => {
      const { events } = await gateway.write({ consentIds: [consentId], events: 1, perSecond: 0 })
      return events[0]?.committedAt ?? 0
    }, ofGateway)
  const toRaw = (): Promise<number> => one(async () => (await raw.send(message)).sentAt, ofRaw)

  const half = async (send: () => Promise<number>, cpuMs: () => Promise<number>): Promise<FanOutHalf> => {
    const before = await cpuMs()
    const took: number[] = []
    for (let event = 0; event < eventsPerRound; event += 1) took.push(await send())
    const after = await cpuMs()
    return { lastMs: quantile(took, 0.5), cpuMsPerEvent: (after - before) / eventsPerRound }
  }
  const gatewayHalf = () => half(toGateway, async () => (await gateway.use()).cpuMs)
  const rawHalf = () => half(toRaw, async () => (await raw.send(null)).cpuMs)

  await gatewayHalf()
  await rawHalf()
  const measured: FanOutRound[] = []
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) {
      const half = await gatewayHalf()
      measured.push({ gateway: half, raw: await rawHalf() })
    } else {
      const half = await rawHalf()
      measured.push({ gateway: await gatewayHalf(), raw: half })
    }
  }
  return { sockets, rounds: measured, messageBytes: Buffer.byteLength(message) }
}
