import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net'
import type { CallContext } from '../../src/domain/provider.ts'
import type { UpstreamRequest } from '../../src/upstream/request.ts'

export interface TestServer extends AsyncDisposable {
  readonly port: number
  readonly baseUrl: string
  /** Open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Resolves when nobody is connected. */
  deserted(): Promise<void>
  /** From now on, connections are refused. */
  stopListening(): void
}

const listen = async (server: HttpServer | TcpServer): Promise<TestServer> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // a test that resets a connection sees its own end fail, too
    socket.once('close', () => {
      sockets.delete(socket)
      server.emit('left')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    port,
    baseUrl: `http://127.0.0.1:${port}`,
    sockets,
    deserted: async () => {
      while (sockets.size > 0) await once(server, 'left')
    },
    stopListening: () => void server.close(),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export const startHttp = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<TestServer> =>
  listen(createServer(answer))

/** Speaks below HTTP: `onRequest` runs whenever bytes of a client arrive. */
export const startTcp = (onRequest: (socket: Socket, bytes: string) => void): Promise<TestServer> =>
  listen(
    createTcpServer((socket) => {
      socket.on('data', (bytes) => onRequest(socket, bytes.toString('latin1')))
    }),
  )

/** An address on which nobody listens. */
export const freeAddress = async (): Promise<string> => {
  await using server = await startTcp(() => undefined)
  return server.baseUrl
}

export const callWithin = (ms: number, signal: AbortSignal = new AbortController().signal): CallContext => ({
  signal,
  deadline: new Date(Date.now() + ms),
  requestId: 'req_test',
})

/** A read, unless told otherwise. */
export const request = (parts: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  operation: 'test.read',
  method: 'GET',
  path: '/',
  effect: 'none',
  repeatable: false,
  call: callWithin(10_000),
  ...parts,
})

/** The error that a promise ends with; anything else fails the test. */
export const rejection = async (promise: Promise<unknown>): Promise<Error> => {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  )
  if (outcome instanceof Error) return outcome
  throw new Error('the promise did not end with an error')
}

/** Opens when told to: what a test waits for, in place of time. */
export const createGate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}
