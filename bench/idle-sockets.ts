import { setTimeout as pause } from 'node:timers/promises'
import { quantile } from './quantile.ts'
import type { Crowd, StreamStand, WatchedGateway } from './stream-stand.ts'

/** So many sockets, one user and one subscription each. */
export interface SocketsHeld {
  readonly sockets: number
  readonly residentBytes: number
  readonly heapBytes: number
  /** Processor time of the process while nothing happens, a second. */
  readonly idleCpuMs: number
  /** As they were opened: handshake, token, subscription, snapshot. */
  readonly opening: { readonly tookMs: number; readonly cpuMs: number; readonly opened: number }
  readonly events: EventRate
}

export interface EventRate {
  readonly events: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly worstMs: number
  readonly perSecond: number
  /** Of the process, commits included. */
  readonly cpuMsPerEvent: number
}

export interface IdleSockets {
  readonly atRest: { readonly residentBytes: number; readonly heapBytes: number; readonly cpuMsPerEvent: number }
  readonly few: SocketsHeld
  readonly all: SocketsHeld
}

export interface IdleSocketsOptions {
  /** So many are open at first. */
  readonly few: number
  /** In the end. */
  readonly all: number
  readonly perSecond: number
  readonly durationMs: number
  /** So long nothing happens. */
  readonly idleMs: number
  readonly nodeOptions?: readonly string[]
}

const idle = async (gateway: WatchedGateway, ms: number): Promise<number> => {
  const before = await gateway.use()
  await pause(ms)
  const after = await gateway.use()
  return ((after.cpuMs - before.cpuMs) / ms) * 1_000
}

export const measureIdleSockets = async (
  stand: StreamStand,
  { few, all, perSecond, durationMs, idleMs, nodeOptions = [] }: IdleSocketsOptions,
): Promise<IdleSockets> => {
  await using stack = new AsyncDisposableStack()
  const gateway = stack.use(await stand.startGateway(nodeOptions))
  const crowd: Crowd = stack.use(stand.startCrowd())
  const events = Math.round((perSecond * durationMs) / 1_000)
  await pause(1_000)
  const { residentBytes, heapBytes } = await gateway.hold()

  const writeTo = async (sockets: number) => {
    const consentIds = stand.watchers
      .slice(0, sockets === 0 ? stand.watchers.length : sockets)
      .map(({ consentId }) => consentId)
    const before = await gateway.use()
    const { events: written } = await gateway.write({ consentIds, events, perSecond })
    return { written, before }
  }
  const cpuSince = async (before: { readonly cpuMs: number }): Promise<number> =>
    ((await gateway.use()).cpuMs - before.cpuMs) / events

  const measureEvents = async (sockets: number): Promise<EventRate> => {
    await crowd.reset(true)
    const { written, before } = await writeTo(sockets)
    const { arrivals } = await crowd.receive(events)
    const cpuMsPerEvent = await cpuSince(before)
    const cameAt = new Map(arrivals.map(({ id, at }) => [id, at]))
    if (arrivals.length !== events || cameAt.size !== events) throw new Error('an event came twice')
    const took = written.map(({ id, committedAt }) => (cameAt.get(id) ?? Number.POSITIVE_INFINITY) - committedAt)
    const spanMs = (written.at(-1)?.committedAt ?? 0) - (written[0]?.committedAt ?? 0)
    return {
      events,
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
      worstMs: quantile(took, 1),
      perSecond: ((events - 1) / spanMs) * 1_000,
      cpuMsPerEvent,
    }
  }

  const { before: untouched } = await writeTo(0)
  const atRest = { residentBytes, heapBytes, cpuMsPerEvent: await cpuSince(untouched) }
  let open = 0
  const hold = async (sockets: number): Promise<SocketsHeld> => {
    const before = await gateway.use()
    const members = stand.watchers.slice(open, sockets).map(({ authorization }) => ({ authorization, variables: {} }))
    const { tookMs } = await crowd.open(gateway.port, members)
    open = sockets
    const { cpuMs } = await gateway.use()
    const idleCpuMs = await idle(gateway, idleMs)
    const settled = await gateway.hold()
    return {
      sockets,
      residentBytes: settled.residentBytes,
      heapBytes: settled.heapBytes,
      idleCpuMs,
      opening: { tookMs, cpuMs: cpuMs - before.cpuMs, opened: members.length },
      events: await measureEvents(sockets),
    }
  }
  return { atRest, few: await hold(few), all: await hold(all) }
}
