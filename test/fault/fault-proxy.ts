import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What a network, or a machine on the way, does to a call. */
export const NETWORK_FAULTS = ['refuse', 'delay', 'reset', 'truncate', 'blackhole', 'drip', 'garbage'] as const
export type NetworkFault = (typeof NETWORK_FAULTS)[number]

/** Stands before a provider. A fault strikes open connections too, from their next byte on. */
export interface FaultProxy extends AsyncDisposable {
  readonly url: string
  /**
   * - `refuse`: cut as soon as something is asked, before the provider has it
   * - `delay`: the provider gets the question late
   * - `reset`: cut once the provider answers, before a byte of that is through
   * - `truncate`: the connection ends in the middle of the answer
   * - `blackhole`: taken, and nothing ever comes back
   * - `drip`: the answer comes byte by byte
   * - `garbage`: the answer is no HTTP
   */
  fail(fault: NetworkFault): void
  /** Lets everything through again. What a fault has touched is cut. */
  heal(): void
  /** Connections that the gateway holds open now. */
  readonly open: number
  /** How often a fault has struck. */
  readonly struck: number
}

const DRIP_EVERY_MS = 50
/** Ends no answer within any deadline of these tests. */
const DELAY_MS = 60_000

export const startFaultProxy = async (target: string): Promise<FaultProxy> => {
  const { hostname, port } = new URL(target)
  const pairs = new Set<Pair>()
  let fault: NetworkFault | null = null
  let struck = 0

  const server = createServer((client) => {
    const pair = createPair(client, connect(Number(port), hostname), () => {
      if (fault !== null) struck += 1
      return fault
    })
    pairs.add(pair)
    client.once('close', () => pairs.delete(pair))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fail: (next) => {
      fault = next
    },
    heal: () => {
      fault = null
      for (const { isTouched, cut } of pairs) if (isTouched()) cut()
    },
    get open() {
      return pairs.size
    },
    get struck() {
      return struck
    },
    [Symbol.asyncDispose]: async () => {
      for (const { cut } of pairs) cut()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Pair {
  readonly isTouched: () => boolean
  readonly cut: () => void
}

/** @param strike asked for each part that passes, either way: what is to become of it */
const createPair = (client: Socket, upstream: Socket, strike: () => NetworkFault | null): Pair => {
  const timers = new Set<NodeJS.Timeout>()
  let touched = false
  const cut = (): void => {
    client.resetAndDestroy()
    upstream.destroy()
  }
  const end = (): void => {
    for (const timer of timers) clearTimeout(timer)
    client.destroy()
    upstream.destroy()
  }
  const later = (delayMs: number, run: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      run()
    }, delayMs)
    timers.add(timer)
  }
  /** What is not written before the connection ends is lost, as on a network. */
  const drip = (bytes: Buffer, at = 0): void => {
    if (at === bytes.length || client.destroyed) return
    client.write(bytes.subarray(at, at + 1))
    later(DRIP_EVERY_MS, () => drip(bytes, at + 1))
  }

  for (const socket of [client, upstream]) {
    // Cut connections end in errors on both sides, which are the point.
    socket.on('error', () => {})
    socket.once('close', end)
  }
  client.on('data', (bytes: Buffer) => {
    const fault = strike()
    touched ||= fault !== null
    if (fault === 'refuse') cut()
    else if (fault === 'delay') later(DELAY_MS, () => upstream.write(bytes))
    else if (fault === 'garbage') client.end('HTP/9 what\r\n\r\n\0\0')
    else if (fault !== 'blackhole') upstream.write(bytes)
  })
  upstream.on('data', (bytes: Buffer) => {
    const fault = strike()
    touched ||= fault !== null
    if (fault === 'reset') cut()
    else if (fault === 'truncate') client.end(bytes.subarray(0, Math.floor(bytes.length / 2)))
    else if (fault === 'drip') drip(bytes)
    else if (fault === null) client.write(bytes)
  })
  return { isTouched: () => touched, cut }
}
