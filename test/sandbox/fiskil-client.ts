import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MovableClock } from '../../src/sandbox/clock.ts'
import { createMovableClock } from '../../src/sandbox/clock.ts'
import type { FiskilSandbox, FiskilSandboxOptions } from '../../src/sandbox/fiskil/server.ts'
import { createFiskilSandbox } from '../../src/sandbox/fiskil/server.ts'
import { FISKIL_SANDBOX_SEED } from '../../src/sandbox/fiskil/seed.ts'

/** The members of all answers; each test reads those of the answer that it expects. */
export interface FiskilBody {
  readonly token?: string
  readonly access_token?: string
  readonly end_user_id: string
  readonly session_id: string
  readonly consents: readonly Readonly<Record<string, unknown>>[]
  readonly accounts: readonly Readonly<Record<string, unknown>>[]
  readonly links: { readonly next: string }
  readonly status: unknown
}

export interface FiskilAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: FiskilBody
}

export interface FiskilClient extends AsyncDisposable {
  readonly sandbox: FiskilSandbox
  readonly clock: MovableClock
  /** With a token of its own. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<FiskilAnswer>
  /** Without one. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<FiskilAnswer>
  endUser(): Promise<string>
  /** The id of a new session. */
  session(endUserId: string, fields?: Record<string, unknown>): Promise<string>
  consents(endUserId: string): Promise<FiskilBody['consents']>
}

export const { clientId, clientSecret } = FISKIL_SANDBOX_SEED
export const callback = 'https://client.example/cb?state=s1'
export const cancel = 'https://client.example/cb?state=s1&cancelled=1'

export const startFiskil = async (options: FiskilSandboxOptions = {}): Promise<FiskilClient> => {
  const clock = createMovableClock()
  const sandbox = await createFiskilSandbox({ clock, ...options })
  let token: string | undefined

  const send: FiskilClient['send'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(`${sandbox.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: (text === '' ? {} : JSON.parse(text)) as FiskilBody }
  }
  const call: FiskilClient['call'] = async (method, path, body, headers = {}) => {
    if (token === undefined) {
      const { body: issued } = await send('POST', '/v1/token', { client_id: clientId, client_secret: clientSecret })
      token = issued.token ?? issued.access_token
    }
    return await send(method, path, body, { Authorization: `Bearer ${token}`, ...headers })
  }
  return {
    sandbox,
    clock,
    send,
    call,
    endUser: async () => (await call('POST', '/v1/end-users', {})).body.end_user_id,
    session: async (endUserId, fields = {}) => {
      const asked = { end_user_id: endUserId, redirect_uri: callback, cancel_uri: cancel, ...fields }
      return (await call('POST', '/v1/auth/session', { institution_id: 'sandbox.redirect', ...asked })).body.session_id
    },
    consents: async (endUserId) => (await call('GET', `/v1/consent?end_user_id=${endUserId}`)).body.consents,
    [Symbol.asyncDispose]: () => sandbox.close(),
  }
}

export interface PersonAnswer {
  readonly status: number
  /** Where the browser is sent; null where it stays. */
  readonly to: URL | null
  readonly page: string
}

const browse = async (address: string, form?: Record<string, string>): Promise<PersonAnswer> => {
  const answer = await fetch(address, {
    redirect: 'manual',
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  })
  const location = answer.headers.get('location')
  return { status: answer.status, to: location === null ? null : new URL(location, address), page: await answer.text() }
}

export interface Person {
  open(path: string): Promise<PersonAnswer>
  submit(path: string, form: Record<string, string>): Promise<PersonAnswer>
  /** One button of the pages. */
  finish(sessionId: string, outcome: string, form?: Record<string, string>): Promise<PersonAnswer>
}

export const personAt = ({ url }: FiskilSandbox): Person => ({
  open: (path) => browse(`${url}${path}`),
  submit: (path, form) => browse(`${url}${path}`, form),
  finish: (sessionId, outcome, form = {}) => browse(`${url}/auth/finish`, { sess_id: sessionId, outcome, ...form }),
})

export interface Delivery {
  readonly signature: string
  readonly body: string
  readonly message: {
    readonly delivery_attempt: number
    readonly message_id: string
    readonly publish_time: string
    readonly data: Readonly<Record<string, unknown>>
  }
}

export interface Receiver extends AsyncDisposable {
  readonly url: string
  readonly deliveries: readonly Delivery[]
  /** Resolves when so many have come in all. */
  received(count: number): Promise<readonly Delivery[]>
}

/** @param answers the statuses of the first answers; 200 after those */
export const startReceiver = async (...answers: number[]): Promise<Receiver> => {
  const deliveries: Delivery[] = []
  const left = [...answers]
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const signature = String(request.headers['x-fiskil-signature'])
      deliveries.push({ signature, body, message: JSON.parse(body) as Delivery['message'] })
      response.writeHead(left.shift() ?? 200).end()
      server.emit('delivery')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    deliveries,
    received: async (count) => {
      while (deliveries.length < count) await once(server, 'delivery')
      return deliveries
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
