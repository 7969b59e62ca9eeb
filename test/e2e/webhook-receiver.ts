import { createHmac } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly id: string
  readonly timestamp: string
  /** One per secret. */
  readonly signatures: readonly string[]
  readonly contentType: string | undefined
  readonly text: string
  readonly body: {
    readonly type: string
    readonly timestamp: string
    readonly data: Readonly<Record<string, unknown>>
  }
}

export type Behaviour = (response: ServerResponse, request: IncomingMessage, earlier: number) => void

/** What an API client runs: a server of its own. Each path behaves in its own way; 204 where nothing else is said. */
export interface Receiver extends AsyncDisposable {
  url(path: string): string
  /** What came to that path so far, oldest first. */
  received(path: string): readonly Received[]
  /** Waits until so many have come to that path. */
  until(path: string, count: number): Promise<readonly Received[]>
  behave(path: string, behaviour: Behaviour): void
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** By the specification, and not by the gateway's own code. */
export const signatureOf = (secret: string, { id, timestamp, text }: Received): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(`${id}.${timestamp}.${text}`)
    .digest('base64')}`

export const startReceiver = async (port = 0): Promise<Receiver> => {
  const events = new EventEmitter().setMaxListeners(0)
  const paths = new Map<string, Received[]>()
  const behaviours = new Map<string, Behaviour>()
  const receivedAt = (path: string): Received[] => {
    const known = paths.get(path) ?? []
    paths.set(path, known)
    return known
  }
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/'
    const text = await textOf(request)
    const header = (name: string): string => String(request.headers[name])
    const all = receivedAt(path)
    all.push({
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signatures: header('webhook-signature').split(' '),
      contentType: request.headers['content-type'],
      text,
      body: JSON.parse(text) as Received['body'],
    })
    const behaviour = behaviours.get(path)
    if (behaviour === undefined) response.writeHead(204).end()
    else behaviour(response, request, all.length - 1)
    events.emit('received')
  }
  const server = createServer((request, response) => void receive(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: (path) => `${origin}${path}`,
    received: receivedAt,
    until: async (path, count) => {
      while (receivedAt(path).length < count) await once(events, 'received')
      return receivedAt(path)
    },
    behave: (path, behaviour) => void behaviours.set(path, behaviour),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
