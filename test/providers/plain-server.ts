import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { CallContext, PsuContext } from '../../src/domain/provider.ts'

/** One request as it came over the wire. */
export interface Received {
  /** `POST /auth?x=1` */
  readonly line: string
  /** In the spelling of the sender, without those that HTTP itself needs. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed where it is JSON; null where there is none. */
  readonly body: unknown
}

/** Text goes out as it is, everything else as JSON; nothing at all without a body. */
export interface Reply {
  readonly status?: number
  readonly body?: unknown
}

export interface PlainServer extends AsyncDisposable {
  readonly url: string
  readonly received: readonly Received[]
}

const TRANSPORT: ReadonlySet<string> = new Set(['host', 'connection', 'content-length'])

const headersOf = ({ rawHeaders }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    rawHeaders.flatMap((name, index) =>
      index % 2 === 0 && !TRANSPORT.has(name) ? [[name, rawHeaders[index + 1] ?? '']] : [],
    ),
  )

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? null : (JSON.parse(text) as unknown)
}

/** A server of a few lines: whatever `answer` says. 404 with an empty object for null. */
export const startPlainServer = async (answer: (request: Received) => Reply | null): Promise<PlainServer> => {
  const received: Received[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '' } = request
    const one = { line: `${method} ${url}`, headers: headersOf(request), body: await readBody(request) }
    received.push(one)
    const { status = 200, body } = answer(one) ?? { status: 404, body: {} }
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' })
    response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((request, response) => {
    // A connection that breaks is the connector's failed call, and that fails the test.
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What every call has beside its own headers. */
export const COMMON = { Accept: 'application/json', 'X-Request-Id': 'req_plain' } as const
export const JSON_BODY = { ...COMMON, 'Content-Type': 'application/json' } as const

export const calling = (): CallContext => ({
  signal: AbortSignal.timeout(10_000),
  deadline: new Date(Date.now() + 10_000),
  requestId: 'req_plain',
})

export const nobody: PsuContext = {
  type: 'PERSONAL',
  device: 'ANY',
  locale: null,
  email: null,
  phone: null,
  personalNumber: null,
  ipAddress: null,
  userAgent: null,
  referer: null,
  accept: null,
  acceptCharset: null,
  acceptEncoding: null,
  acceptLanguage: null,
  geoLocation: null,
}
