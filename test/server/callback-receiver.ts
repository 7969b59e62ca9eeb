import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** What a router is told: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/callback-protocol. */
export interface CallbackMessage {
  readonly kind: string
  readonly action: string
  readonly id: string
  readonly verifier: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what each event carries is what the tests are about
  readonly payload?: any
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[]
}

export interface SubscribeOptions {
  readonly authorization?: string
  /** Default 2,000. */
  readonly heartbeatMs?: number
  readonly variables?: object
  /** In place of what a router would name; for routers that lie. */
  readonly subscription?: object
  /** The status for a message, and when; default: as a router that holds the subscription. */
  readonly answer?: (message: CallbackMessage, earlier: number) => number | Promise<number>
}

/** One subscription, as its router sees it. */
export interface RoutedSubscription {
  /** Of the request that subscribed. */
  readonly status: number
  readonly headers: Headers
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly body: any
  /** All that has come so far, oldest first. */
  readonly messages: readonly CallbackMessage[]
  actions(): readonly string[]
  /** Waits for the message of that kind that comes as the so-manieth; rejects with the first fault. */
  until(action: string, count?: number): Promise<CallbackMessage>
  /**
   * The errors of `complete`; null where it came without. Rejects with the first fault of whoever sends: a heartbeat that was
   * missed, another verifier, something after the end.
   */
  terminated(): Promise<CallbackMessage['errors'] | null>
}

export interface CallbackReceiver extends AsyncDisposable {
  readonly origin: string
  /** Requests of any kind so far. */
  requests(): number
  subscribe(graphqlUrl: string, query: string, options?: SubscribeOptions): Promise<RoutedSubscription>
}

/** On top of what a heartbeat may take: the machine may have other work. */
const GRACE_MS = 1_000
const STATUSES: Readonly<Record<string, number>> = { check: 204, next: 200, complete: 202 }
/** For a termination that must come by itself. */
const TERMINATION_MS = 20_000

interface Held {
  readonly verifier: string
  readonly heartbeatMs: number
  readonly answer: NonNullable<SubscribeOptions['answer']>
  readonly messages: CallbackMessage[]
  readonly events: EventEmitter
  fault: Error | null
  over: boolean
  alarm: NodeJS.Timeout | undefined
}

const faultOfRequest = ({ method, headers }: IncomingMessage, message: CallbackMessage, held: Held): string | null => {
  if (method !== 'POST' || headers['content-type'] !== 'application/json') return 'is no POST of JSON'
  if (headers['subscription-protocol'] !== 'callback/1.0') return 'does not name the protocol'
  if (message.kind !== 'subscription') return 'is of no known kind'
  if (!(message.action in STATUSES)) return `is of the unknown kind ${message.action}`
  if (message.verifier !== held.verifier) return 'has another verifier'
  return held.over ? `comes after the end: ${message.action}` : null
}

/** A router of the tests' own. It believes nobody, and holds whoever sends to the protocol. */
export const startCallbackReceiver = async (): Promise<CallbackReceiver> => {
  const all = new Map<string, Held>()
  let requests = 0

  const fail = (held: Held, what: string): void => {
    held.fault ??= new Error(what)
    held.events.emit('change')
  }
  const watch = (held: Held): void => {
    clearTimeout(held.alarm)
    if (held.heartbeatMs === 0 || held.over) return
    held.alarm = setTimeout(() => fail(held, 'a heartbeat was missed'), held.heartbeatMs + GRACE_MS)
  }
  const receive = async (request: IncomingMessage): Promise<number> => {
    requests += 1
    const message = JSON.parse(await text(request)) as CallbackMessage
    const held = all.get(message.id)
    if (held === undefined || request.url !== `/callback/${message.id}`) return 404
    const fault = faultOfRequest(request, message, held)
    if (fault !== null) {
      fail(held, `a message ${fault}`)
      return 400
    }
    const earlier = held.messages.filter(({ action }) => action === message.action).length
    held.messages.push(message)
    if (message.action === 'check') watch(held)
    const status = await held.answer(message, earlier)
    if (status === 404 || message.action === 'complete') {
      held.over = true
      clearTimeout(held.alarm)
    }
    held.events.emit('change')
    return status
  }
  const server = createServer((request, response) => {
    receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const follow = (held: Held) => {
    const { events, messages } = held
    const until: RoutedSubscription['until'] = async (action, count = 1) => {
      for (;;) {
        if (held.fault !== null) throw held.fault
        const found = messages.filter((message) => message.action === action)[count - 1]
        if (found !== undefined) return found
        await once(events, 'change')
      }
    }
    return {
      messages,
      actions: () => messages.map(({ action }) => action),
      until,
      terminated: async () => {
        const late = setTimeout(() => fail(held, 'the subscription was never terminated'), TERMINATION_MS)
        const { errors = null } = await until('complete').finally(() => clearTimeout(late))
        return errors
      },
    }
  }

  return {
    origin,
    requests: () => requests,
    subscribe: async (graphqlUrl, query, options = {}) => {
      const { authorization, heartbeatMs = 2_000, variables, subscription, answer } = options
      const id = randomUUID()
      const held: Held = {
        verifier: randomUUID(),
        heartbeatMs,
        answer: answer ?? (({ action }) => STATUSES[action] ?? 400),
        messages: [],
        events: new EventEmitter().setMaxListeners(0),
        fault: null,
        over: false,
        alarm: undefined,
      }
      all.set(id, held)
      const { verifier } = held
      const named = { callbackUrl: `${origin}/callback/${id}`, subscriptionId: id, verifier }
      const response = await fetch(graphqlUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json;callbackSpec=1.0',
          ...(authorization !== undefined && { authorization }),
        },
        body: JSON.stringify({
          query,
          variables,
          extensions: { subscription: { ...named, heartbeatIntervalMs: heartbeatMs, ...subscription } },
        }),
      })
      const { status, headers } = response
      const body: unknown = await response.json()
      // Who was refused sends nothing.
      if (status !== 200) held.over = true
      else watch(held)
      return { status, headers, body, ...follow(held) }
    },
    [Symbol.asyncDispose]: async () => {
      for (const held of all.values()) clearTimeout(held.alarm)
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
