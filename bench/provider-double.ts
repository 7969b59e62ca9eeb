/**
 * The four providers as far as a benchmark needs them, each under its own path: cheap enough not to be what is measured. Written from
 * the providers' own descriptions. What a person would do at the bank is done at once.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DOUBLE_PATHS, type DoubleAnswer, type ProviderDouble } from './double-answer.ts'
import { createEnableBankingDouble } from './provider-double-enable-banking.ts'
import { createFiskilDouble } from './provider-double-fiskil.ts'
import { createInsurelyDouble } from './provider-double-insurely.ts'
import { createObpDouble } from './provider-double-open-bank-project.ts'
import { LOAD_REQUEST_ID } from './workloads.ts'

export interface DoubleReady {
  readonly url: string
}

/** Sent to it: how long what is counted takes from now on. It answers with `DoubleCounted`. */
export interface DoubleOrder {
  readonly delayMs: number
}

/** Calls about one person since the last order. */
export interface DoubleCounted {
  /** For a request of the load. */
  readonly asked: number
  /** On the gateway's own schedule. */
  readonly unasked: number
}

const doubles: readonly (readonly [path: string, double: ProviderDouble])[] = [
  [DOUBLE_PATHS.enableBanking, createEnableBankingDouble()],
  [DOUBLE_PATHS.fiskil, createFiskilDouble()],
  [DOUBLE_PATHS.insurely, createInsurelyDouble()],
  [DOUBLE_PATHS.openBankProject, createObpDouble()],
]

let delayMs = 0
let asked = 0
let unasked = 0

const bodyOf = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

const NOT_FOUND: DoubleAnswer = { status: 404, body: Buffer.from('{"message":"no such thing"}'), counts: false }

const answer = (url: string, request: IncomingMessage): DoubleAnswer | Promise<DoubleAnswer> => {
  const of = doubles.find(([path]) => url.startsWith(`${path}/`))
  if (of === undefined) return NOT_FOUND
  const [path, double] = of
  const { method = '', headers } = request
  const own = url.slice(path.length)
  if (method === 'GET') return double({ method, url: own, headers, body: {} }) ?? NOT_FOUND
  return bodyOf(request).then((body) => double({ method, url: own, headers, body }) ?? NOT_FOUND)
}

const server = createServer((request, response) => {
  const send = ({ status, body }: DoubleAnswer): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  }
  const take = (answered: DoubleAnswer): void => {
    if (!answered.counts) {
      send(answered)
      return
    }
    if (request.headers['x-request-id'] === LOAD_REQUEST_ID) asked += 1
    else unasked += 1
    if (delayMs === 0) send(answered)
    else setTimeout(send, delayMs, answered)
  }
  const answered = answer(request.url ?? '', request)
  if (answered instanceof Promise) {
    answered.then(take, (error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  } else take(answered)
})
// The floor and the gateway keep their connections as long as they like.
server.keepAliveTimeout = 0

process.on('message', (order: DoubleOrder) => {
  process.send?.({ asked, unasked } satisfies DoubleCounted)
  delayMs = order.delayMs
  asked = 0
  unasked = 0
})
process.on('disconnect', () => server.close().closeAllConnections())
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ url: `http://127.0.0.1:${port}` } satisfies DoubleReady)
})
