import { join } from 'node:path'
import { type Child, receive, startChild } from './child.ts'
import { type Installation, newInstallation, type RunningGateway, startGateway, tokenKeyOf } from './gateway.ts'
import type { Held, InsideOrder, Used, Written } from './inside.ts'
import { newFolder } from './leftovers.ts'
import type { RawOrder, RawReady, RawUsed } from './raw-sockets.ts'
import type { CrowdMember, CrowdOpened, CrowdOrder, CrowdReceived, CrowdReset } from './socket-crowd.ts'
import { seedWatchers, type Watcher } from './stream-seed.ts'

/** What subscribers ask for: what changed, and the consent as it is now. */
export const EVENTS = `subscription Events($after: String) {
  consentEvents(after: $after) {
    __typename
    ... on ConsentEvent { id cursor at consentVersion consent { id status version expiresAt } }
    ... on ConsentDetailsChanged { changed }
    ... on ConsentSnapshot { cursor }
    ... on StreamGap { gapReason resumeFrom }
  }
}`

/** A gateway as shipped, that can be looked into. */
export interface WatchedGateway extends RunningGateway {
  write(order: Omit<Extract<InsideOrder, { kind: 'WRITE' }>, 'kind'>): Promise<Written>
  use(): Promise<Used>
  hold(): Promise<Held>
}

export interface RawServer extends Child {
  readonly port: number
  /** Null sends nothing. */
  send(text: string | null): Promise<RawUsed>
}

export interface Crowd extends AsyncDisposable {
  open(port: number, members: readonly CrowdMember[]): Promise<CrowdOpened>
  reset(keepsIds?: boolean): Promise<CrowdReset>
  receive(results: number): Promise<CrowdReceived>
}

export interface StreamStand extends AsyncDisposable {
  readonly watchers: readonly Watcher[]
  readonly installation: Installation
  /** On data of its own, as they were seeded. */
  startGateway(nodeOptions?: readonly string[]): Promise<WatchedGateway>
  startRaw(): Promise<RawServer>
  startCrowd(): Crowd
}

/** Limits on numbers are raised to what is asked here; nothing is switched off. */
const LIMITS = {
  MAX_SOCKETS: '20000',
  MAX_SOCKETS_PER_CLIENT: '20000',
  RATE_LIMIT_CLIENT_OPERATIONS: '1000000',
  RATE_LIMIT_USER_OPERATIONS: '1000000',
}
const HANDSHAKES_AT_ONCE = 64

const ask = async <Reply>(child: Child, order: InsideOrder | CrowdOrder | RawOrder): Promise<Reply> => {
  child.process.send(order)
  return await receive<Reply>(child)
}

const lookInto = (gateway: RunningGateway): WatchedGateway => ({
  ...gateway,
  write: (order) => ask<Written>(gateway, { kind: 'WRITE', ...order }),
  use: () => ask<Used>(gateway, { kind: 'USE' }),
  hold: () => ask<Held>(gateway, { kind: 'HOLD' }),
})

const startCrowd = (): Crowd => {
  const child = startChild('bench/socket-crowd.ts', { place: 'AROUND', channel: true })
  return {
    open: (port, members) => ask(child, { kind: 'OPEN', port, query: EVENTS, members, atOnce: HANDSHAKES_AT_ONCE }),
    reset: (keepsIds = false) => ask(child, { kind: 'RESET', keepsIds }),
    receive: (results) => ask(child, { kind: 'AWAIT', results }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  }
}

/** @param count users, each with one consent */
export const createStreamStand = async (count: number): Promise<StreamStand> => {
  const stack = new AsyncDisposableStack()
  const { path: directory } = stack.use(await newFolder('streams'))
  // Nobody calls a provider here.
  const seeded = newInstallation(join(directory, 'data'), 'http://127.0.0.1:9')
  const watchers = await seedWatchers(seeded, count)
  return {
    watchers,
    installation: seeded,
    startGateway: async (nodeOptions = []) => {
      const options = [...nodeOptions, '--import', join(import.meta.dirname, 'inside.ts')]
      return lookInto(await startGateway(seeded, 'production', options, LIMITS, true))
    },
    startRaw: async () => {
      const child = startChild('bench/raw-sockets.ts', {
        args: [tokenKeyOf(seeded)],
        place: 'SERVER',
        channel: true,
      })
      const { port } = await receive<RawReady>(child)
      return { ...child, port, send: (text) => ask<RawUsed>(child, { text }) }
    },
    startCrowd,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
