import { EventEmitter, once } from 'node:events'
import { WebSocket } from 'ws'

export interface Message {
  readonly type: string
  readonly id?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what each type carries is what the tests are about
  readonly payload?: any
}

export interface SocketClient extends AsyncDisposable {
  readonly socket: WebSocket
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  send(message: Message): void
  /** The next message that nobody has taken yet. */
  next(): Promise<Message>
  /** connection_init and its ack. */
  init(payload?: unknown): Promise<void>
  /** Runs one operation to its end; what came for it, `complete` left out. */
  run(query: string, variables?: unknown): Promise<readonly Message[]>
}

/** A bare graphql-transport-ws client, so that tests see each message and each close code. */
export const openSocket = async (
  gateway: { readonly url: string },
  options: { readonly headers?: Record<string, string>; readonly protocol?: string; readonly autoPong?: boolean } = {},
): Promise<SocketClient> => {
  const { headers = {}, protocol = 'graphql-transport-ws', autoPong = true } = options
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/graphql`, protocol, { headers, autoPong })
  const messages: Message[] = []
  const arrivals = new EventEmitter()
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString('utf8')) as Message)
    arrivals.emit('message')
  })
  const closed = once(socket, 'close').then(([code, reason]) => {
    arrivals.emit('message')
    return { code: code as number, reason: String(reason) }
  })
  await once(socket, 'open')
  const send = (message: Message): void => socket.send(JSON.stringify(message))
  const next = async (): Promise<Message> => {
    for (;;) {
      const message = messages.shift()
      if (message !== undefined) return message
      if (socket.readyState === WebSocket.CLOSED) throw new Error('The socket closed.')
      await once(arrivals, 'message')
    }
  }
  let ids = 0
  return {
    socket,
    closed,
    send,
    next,
    init: async (payload) => {
      send({ type: 'connection_init', payload })
      const { type } = await next()
      if (type !== 'connection_ack') throw new Error(`Not acknowledged: ${type}`)
    },
    run: async (query, variables) => {
      ids += 1
      send({ type: 'subscribe', id: `op${ids}`, payload: { query, variables } })
      const taken: Message[] = []
      for (;;) {
        const message = await next()
        if (message.type === 'complete') return taken
        taken.push(message)
        if (message.type === 'error') return taken
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate()
      await closed
    },
  }
}
