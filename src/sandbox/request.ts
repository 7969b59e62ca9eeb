import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

export interface SimulatorRequest {
  readonly method: string
  /** As sent, still percent-encoded, without the query. */
  readonly path: string
  /** The `:name` parts of the route, percent-decoded; `*` holds the rest of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders
  /** A header whose name must match in case too, for servers that compare so. */
  exactHeader(name: string): string | undefined
  /** The bytes as they came, for signatures. */
  readonly body: Buffer
  /** By the simulator's clock. */
  readonly at: Date
  /** Scheme, host and port under which a person's browser reaches this simulator; no trailing slash. */
  readonly origin: string
  /** Parses the body; throws SyntaxError. */
  json(): unknown
  /** The body as an HTML form. */
  form(): URLSearchParams
}

/** One request that was served; the query is left out, it may hold secrets. */
export interface SimulatorCall {
  readonly at: Date
  readonly method: string
  readonly path: string
  /** The pattern that matched, or null. */
  readonly route: string | null
  /** As sent, or null where the connection was cut instead. */
  readonly status: number | null
}

/** Rejects with this when the body is over the cap; the server answers 413. */
export class BodyTooLarge extends Error {}

export async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read to its end all the same: a caller that is still sending would see a reset and not the 413.
    if (bytes <= maxBytes) chunks.push(chunk)
  }
  if (bytes > maxBytes) throw new BodyTooLarge(`the body is over ${String(maxBytes)} bytes`)
  return Buffer.concat(chunks)
}

export function toSimulatorRequest(
  incoming: IncomingMessage,
  body: Buffer,
  context: { readonly at: Date; readonly origin: string },
): SimulatorRequest {
  const [path = '/', ...query] = (incoming.url ?? '/').split('?')
  return {
    method: incoming.method ?? 'GET',
    path,
    params: {},
    query: new URLSearchParams(query.join('?')),
    headers: incoming.headers,
    exactHeader: (name) => {
      const at = incoming.rawHeaders.findIndex((value, index) => index % 2 === 0 && value === name)
      return at < 0 ? undefined : incoming.rawHeaders[at + 1]
    },
    body,
    at: context.at,
    origin: context.origin,
    json: () => JSON.parse(body.toString('utf8')) as unknown,
    form: () => new URLSearchParams(body.toString('utf8')),
  }
}
