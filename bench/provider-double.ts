/**
 * An Open Bank Project server as far as a benchmark needs one: cheap enough not to be what is measured. It has one login,
 * and one list with every consent that was made, as v3.1.0 has it.
 */
import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOAD_REQUEST_ID } from './workloads.ts'

export interface DoubleReady {
  readonly url: string
}

/** Sent to it: how long a list takes from now on. It answers with `DoubleCounted`. */
export interface DoubleOrder {
  readonly delayMs: number
}

/** Lists asked for since the last order. */
export interface DoubleCounted {
  /** For a request of the load. */
  readonly asked: number
  /** On the gateway's own schedule. */
  readonly unasked: number
}

interface Held {
  readonly consent_id: string
  readonly jwt: string
  readonly status: string
}

const VERSION = '/obp/v3.1.0'
const consents = new Map<string, Held>()
let list = Buffer.from('{"consents":[]}')
let delayMs = 0
let asked = 0
let unasked = 0

const keep = (held: Held): Held => {
  consents.set(held.consent_id, held)
  list = Buffer.from(JSON.stringify({ consents: [...consents.values()] }))
  return held
}

const bodyOf = async (request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

const signJwt = (claims: object): string => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', 'double').update(signed).digest('base64url')}`
}

const createConsent = (body: Readonly<Record<string, unknown>>): Held => {
  const validFrom = Math.floor(Date.parse(String(body['valid_from'])) / 1000)
  const claims = {
    createdByUserId: 'd2f4b0e6-7a3c-4a55-9a1c-0a4b7c2d9e10',
    sub: randomUUID(),
    iss: 'http://127.0.0.1',
    aud: body['consumer_id'],
    jti: randomUUID(),
    iat: validFrom,
    nbf: validFrom,
    exp: validFrom + Number(body['time_to_live']),
    name: null,
    email: null,
    entitlements: body['entitlements'],
    views: body['views'],
  }
  return keep({ consent_id: claims.jti, jwt: signJwt(claims), status: 'INITIATED' })
}

/** Whatever bank is asked for, it is there, with two accounts. */
const accountsAt = (bankId: string): readonly object[] =>
  ['current', 'savings'].map((name) => ({
    id: `${bankId}.${name}`,
    bank_id: bankId,
    label: name,
    views: ['owner', 'accountant'].map((id) => ({ id, is_public: false })),
  }))

const BANKS = Array.from({ length: 64 }, (_, index) => `bank.${index}`)

const answer = async (request: IncomingMessage): Promise<object | null> => {
  const path = request.url ?? ''
  if (path === '/my/logins/direct') return { token: 'a.login.token' }
  if (path === `${VERSION}/banks`) return { banks: BANKS.map((id) => ({ id, full_name: id })) }
  if (path === `${VERSION}/my/accounts`) return { accounts: BANKS.flatMap(accountsAt) }
  if (request.method !== 'POST') return null
  const body = await bodyOf(request)
  if (path.endsWith('/my/consents/SMS')) return createConsent(body)
  const held = consents.get(/\/consents\/([^/]+)\/challenge$/.exec(path)?.[1] ?? '')
  return held === undefined ? null : keep({ ...held, status: 'ACCEPTED' })
}

const server = createServer((request, response) => {
  const send = (status: number, body: Buffer): void => {
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  }
  if (request.method === 'GET' && request.url?.endsWith('/my/consents') === true) {
    if (request.headers['x-request-id'] === LOAD_REQUEST_ID) asked += 1
    else unasked += 1
    if (delayMs === 0) send(200, list)
    else setTimeout(() => send(200, list), delayMs)
    return
  }
  answer(request).then(
    (body) => send(body === null ? 404 : request.method === 'POST' ? 201 : 200, Buffer.from(JSON.stringify(body))),
    (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
  )
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
