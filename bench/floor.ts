/**
 * The floor: what the gateway's answers cost without GraphQL. A bare `node:http` handler that verifies the credential, reads
 * the owner's rows in the same tables, makes the same upstream calls, maps the same fields and writes the same JSON. It is
 * arranged as the gateway is: rows are read on the event loop, and what it starts is committed on a thread of its own. It
 * retries nothing, limits nothing, and remembers nothing of a credential.
 *
 * Arguments: the provider's address, the database file, the public key of user tokens (SPKI, DER, base64), and the key that
 * secrets are sealed with (base64).
 */
import { createPublicKey } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { toBinding } from '../src/store/sealed-columns.ts'
import { createSealer } from '../src/store/sealing.ts'
import { readLive, startAuthorization, toDashboard, toStored } from './floor-answers.ts'
import { readCaller } from './floor-caller.ts'
import { connectProviders } from './floor-providers.ts'
import { openFloorRows, type Wish } from './floor-rows.ts'
import type { Order, Write } from './floor-store.ts'

export interface FloorReady {
  readonly port: number
}

const [providerUrl = '', file = '', key = '', rootKey = ''] = process.argv.slice(2)
const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
const sealer = createSealer([{ id: 'bench', key: Buffer.from(rootKey, 'base64') }])
const providers = await connectProviders(providerUrl, ({ id, secrets }) =>
  secrets === null ? null : JSON.parse(sealer.open(secrets, toBinding('consents', id, 'secrets'))),
)
const store = new Worker(new URL('floor-store.ts', import.meta.url), { workerData: file })

await once(store, 'message')
const stored = openFloorRows(file)

const waiting = new Map<number, () => void>()
let lastOrder = 0
store.on('message', (id: number) => {
  waiting.get(id)?.()
  waiting.delete(id)
})
const commit = (write: Write): Promise<void> =>
  new Promise((resolve) => {
    lastOrder += 1
    waiting.set(lastOrder, resolve)
    const order: Order = { id: lastOrder, write }
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    store.postMessage(order)
  })

const ADDRESS = /^\/(consents|users|authorizations)(?:\/([\w-]+))?(?:\/(consents|dashboard)|\?(live))?$/

const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk)
  return JSON.parse(text)
}

interface StartBody {
  readonly input: Parameters<typeof startAuthorization>[3] & { readonly user: { readonly id: string } }
}

/** The status, and the body. */
const answer = async (request: IncomingMessage): Promise<readonly [number, unknown]> => {
  const { url = '', headers } = request
  const caller = readCaller(headers.authorization, publicKey)
  const requestId = String(headers['x-request-id'])
  const [, kind, id = '', list, live] = ADDRESS.exec(url) ?? []
  if (caller === null || kind === undefined) return [caller === null ? 401 : 404, {}]
  const start = kind === 'authorizations' ? ((await bodyOf(request)) as StartBody) : null
  const wish: Wish =
    start !== null
      ? { kind: 'USER', userId: start.input.user.id }
      : kind === 'users'
        ? { kind: 'USER_WITH_CONSENTS', userId: id }
        : { kind: 'CONSENT', consentId: id }
  const { scopes, user, rows } = stored.read(caller, wish)
  if (scopes === null) return [401, {}]
  const needed = start === null ? 'consents:read' : 'authorizations:write'
  if (!(caller.scopes ?? scopes).includes(needed)) return [403, {}]
  if (wish.kind === 'CONSENT') {
    const [row] = rows
    if (row === undefined) return [404, {}]
    const consent = live === undefined ? toStored(row) : (await readLive(providers, rows, requestId)).consents[0]
    return [200, { data: { consent } }]
  }
  if (user === null) return [404, {}]
  if (start !== null) {
    const started = await startAuthorization(providers, commit, user, start.input, requestId)
    return [200, { data: { startAuthorization: started } }]
  }
  if (list === 'dashboard') return [200, { data: { user: await toDashboard(providers, user, rows, requestId) } }]
  const { consents, sources } = await readLive(providers, rows, requestId)
  return [200, { data: { user: { id, consents: { nodes: consents, sources } } } }]
}

const server = createServer((request, response) => {
  answer(request).then(
    ([status, body]) => {
      const text = JSON.stringify(body)
      const length = Buffer.byteLength(text)
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': length }).end(text)
    },
    (error: unknown) => {
      console.error(error)
      response.writeHead(500, { 'content-length': 0 }).end()
    },
  )
})
server.keepAliveTimeout = 65_000

process.on('disconnect', () => {
  server.close().closeAllConnections()
  providers.close()
  stored.close()
  void store.terminate()
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ port } satisfies FloorReady)
})
