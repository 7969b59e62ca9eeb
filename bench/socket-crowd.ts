/**
 * Many WebSockets in one process, each with one subscription, over graphql-transport-ws. It reads frames from the bare
 * sockets and looks at what it must: it has to cost less than what it measures.
 */
import { randomUUID } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { frameAt, toPong, toTextFrame } from './socket-frames.ts'
import { steadyMs } from './steady-clock.ts'

export interface CrowdMember {
  readonly authorization: string
  readonly variables: Readonly<Record<string, unknown>>
}

export type CrowdOrder =
  /** Opens them, and waits until each has had its first result. Answered with `CrowdOpened`. */
  | {
      readonly kind: 'OPEN'
      readonly port: number
      readonly query: string
      readonly members: readonly CrowdMember[]
      /** Handshakes under way at once. */
      readonly atOnce: number
    }
  /** Forgets what has come; from here on each event's id is kept, or not. Answered with `CrowdReset`. */
  | { readonly kind: 'RESET'; readonly keepsIds: boolean }
  /** Waits for so many results since the reset, of all together. Answered with `CrowdReceived`. */
  | { readonly kind: 'AWAIT'; readonly results: number }

export interface CrowdOpened {
  readonly tookMs: number
  /** From the start of its handshake to its first result, in the order of their ends. */
  readonly eachMs: readonly number[]
  /** The cursors of the first results, in the order of the members. */
  readonly cursors: readonly string[]
}
export interface CrowdReset {
  readonly reset: true
}
export interface CrowdReceived {
  readonly lastAt: number
  /** Results of one member: each must have had as many as it was sent. */
  readonly fewest: number
  readonly most: number
  /** Ids of events, and when each came; empty unless asked for. */
  readonly arrivals: readonly { readonly id: string; readonly at: number }[]
  /** One message, as it came. */
  readonly sample: string
}

const CLOSE = 8
const PING = 9
const TEXT = 1
/** Longer than any step of a benchmark takes. */
const PATIENCE_MS = 100_000

interface Member {
  readonly asked: CrowdMember
  readonly socket: Socket
  pending: Buffer | null
  stage: 'UPGRADING' | 'GREETING' | 'SUBSCRIBING' | 'LIVE'
  cursor: string
  received: number
}

const members: Member[] = []
const shared = Buffer.allocUnsafe(65_536)
let received = 0
let lastAt = 0
let sample = ''
let keepsIds = false
let arrivals: { id: string; at: number }[] = []
let onResult = (): void => {}

const fail = (reason: string): never => {
  throw new Error(`crowd: ${reason}`)
}

const takeMessage = (member: Member, query: string, bytes: Buffer, start: number, end: number): (() => void) | null => {
  if (member.stage === 'LIVE') {
    received += 1
    member.received += 1
    lastAt = steadyMs()
    if (keepsIds) {
      const text = bytes.toString('latin1', start, end)
      const id = /"evt_[^"]+"/.exec(text)?.[0].slice(1, -1) ?? fail(`no event in ${text}`)
      arrivals.push({ id, at: lastAt })
    }
    if (sample === '') sample = bytes.toString('utf8', start, end)
    onResult()
    return null
  }
  const message = JSON.parse(bytes.toString('utf8', start, end)) as {
    readonly type: string
    readonly payload?: {
      readonly errors?: unknown
      readonly data?: { readonly consentEvents: { readonly cursor: string } }
    }
  }
  if (member.stage === 'GREETING') {
    if (message.type !== 'connection_ack') fail(`not acknowledged: ${JSON.stringify(message)}`)
    const { variables } = member.asked
    member.stage = 'SUBSCRIBING'
    member.socket.write(toTextFrame({ id: randomUUID(), type: 'subscribe', payload: { query, variables } }))
    return null
  }
  const { data } = message.payload ?? {}
  if (message.type !== 'next' || data === undefined) return fail(`no result: ${JSON.stringify(message)}`)
  member.cursor = data.consentEvents.cursor
  member.stage = 'LIVE'
  return () => {}
}

const open = (port: number, query: string, asked: CrowdMember, ready: () => void): Member => {
  const take = (bytes: Buffer): void => {
    let offset = 0
    if (member.stage === 'UPGRADING') {
      const end = bytes.indexOf('\r\n\r\n')
      if (end === -1) return keep(bytes, 0)
      if (!bytes.toString('latin1', 0, 12).endsWith('101')) fail(bytes.toString('latin1', 0, end))
      offset = end + 4
      member.stage = 'GREETING'
      member.socket.write(toTextFrame({ type: 'connection_init', payload: { authorization: asked.authorization } }))
    }
    for (;;) {
      const frame = frameAt(bytes, offset)
      if (frame === null) return keep(bytes, offset)
      const { opcode, start, end } = frame
      if (opcode === PING) member.socket.write(toPong(bytes.subarray(start, end)))
      else if (opcode === CLOSE) leave(bytes.subarray(start, end))
      else if (opcode !== TEXT) fail(`a frame of kind ${opcode}`)
      else if (takeMessage(member, query, bytes, start, end) !== null) ready()
      offset = end
    }
  }
  const keep = (bytes: Buffer, offset: number): void => {
    member.pending = offset === bytes.length ? null : Buffer.from(bytes.subarray(offset))
  }
  /** A gateway that goes away says so; anything else is a fault. */
  const leave = (payload: Buffer): void => {
    const code = payload.readUInt16BE(0)
    if (code !== 1001) fail(`closed with ${code}: ${payload.toString('utf8', 2)}`)
    member.socket.destroy()
    members.splice(members.indexOf(member), 1)
  }
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: shared,
      callback: (length) => {
        const chunk = shared.subarray(0, length)
        take(member.pending === null ? chunk : Buffer.concat([member.pending, chunk]))
        return true
      },
    },
  })
  const member: Member = { asked, socket, pending: null, stage: 'UPGRADING', cursor: '', received: 0 }
  socket.on('error', (error) => fail(String(error)))
  socket.write(
    [
      'GET /graphql HTTP/1.1',
      `host: 127.0.0.1:${port}`,
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol: graphql-transport-ws',
      'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
      'accept-language: en-US,en;q=0.9',
      'accept-encoding: gzip, deflate, br',
      '\r\n',
    ].join('\r\n'),
  )
  return member
}

const openAll = async ({
  port,
  query,
  members: asked,
  atOnce,
}: Extract<CrowdOrder, { kind: 'OPEN' }>): Promise<CrowdOpened> => {
  const startedAt = steadyMs()
  const eachMs: number[] = []
  const opened: Member[] = []
  let next = 0
  const openNext = async (): Promise<void> => {
    for (;;) {
      const member = asked[next]
      if (member === undefined) return
      next += 1
      const begunAt = steadyMs()
      await new Promise<void>((resolve) => opened.push(open(port, query, member, resolve)))
      eachMs.push(steadyMs() - begunAt)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, openNext))
  members.push(...opened)
  return { tookMs: steadyMs() - startedAt, eachMs, cursors: opened.map(({ cursor }) => cursor) }
}

const reset = (withIds: boolean): CrowdReset => {
  keepsIds = withIds
  received = 0
  sample = ''
  arrivals = []
  for (const member of members) member.received = 0
  return { reset: true }
}

const awaitResults = async (results: number): Promise<CrowdReceived> => {
  const late = setTimeout(() => fail(`${received} of ${results} results came`), PATIENCE_MS)
  await new Promise<void>((resolve) => {
    onResult = () => {
      if (received >= results) resolve()
    }
    onResult()
  })
  clearTimeout(late)
  onResult = () => {}
  const counts = members.map((member) => member.received)
  return {
    lastAt,
    fewest: counts.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY),
    most: counts.reduce((most, count) => Math.max(most, count), 0),
    arrivals,
    sample,
  }
}

process.on('message', (order: CrowdOrder) => {
  const answer = async (): Promise<CrowdOpened | CrowdReset | CrowdReceived> => {
    if (order.kind === 'OPEN') return await openAll(order)
    if (order.kind === 'AWAIT') return await awaitResults(order.results)
    return reset(order.keepsIds)
  }
  void answer().then((said) => process.send?.(said))
})
