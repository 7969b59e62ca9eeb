/**
 * The floor: what the gateway's answers cost without GraphQL. A bare `node:http` handler that verifies the credential, reads
 * the owner's rows in the same tables on a thread of its own, makes the same upstream call, maps the same fields and writes
 * the same JSON. It keeps nothing, retries nothing, limits nothing.
 *
 * Arguments: the provider's address, the database file, the public key of user tokens (SPKI, DER, base64).
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { type Dispatcher, Pool } from 'undici'
import type { Answer, Question, StoredRow } from './floor-store.ts'

export interface FloorReady {
  readonly port: number
}

interface Caller {
  readonly clientId: string | null
  readonly keyHash: string | null
  readonly tokenUserId: string | null
  /** Of a user token; an API key's are the client's. */
  readonly scopes: string | null
}

interface Listed {
  readonly consent_id: string
  readonly jwt: string
  readonly status: string
}

interface Claims {
  readonly exp: number
  readonly nbf: number
  readonly views: readonly { readonly account_id: string; readonly view_id: string }[]
  readonly entitlements: readonly { readonly role_name: string }[]
}

const [providerUrl = '', file = '', key = ''] = process.argv.slice(2)
const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
const provider = new Pool(providerUrl, { connections: 32, allowH2: false })
const store = new Worker(new URL('floor-store.ts', import.meta.url), { workerData: file })

const waiting = new Map<number, (answer: Answer) => void>()
let lastQuestion = 0
store.on('message', (answer: Answer) => {
  waiting.get(answer.id)?.(answer)
  waiting.delete(answer.id)
})
const askStore = (question: Omit<Question, 'id'>): Promise<Answer> =>
  new Promise((resolve) => {
    lastQuestion += 1
    waiting.set(lastQuestion, resolve)
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    store.postMessage({ ...question, id: lastQuestion })
  })

const parseSegment = (segment: string): unknown => JSON.parse(Buffer.from(segment, 'base64url').toString())

const readToken = (token: string): Caller | null => {
  const [head = '', body = '', signature = ''] = token.split('.')
  const { alg, typ } = parseSegment(head) as { readonly alg: string; readonly typ: string }
  if (alg !== 'EdDSA' || typ !== 'at+jwt') return null
  if (!verify(null, Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url'))) return null
  const claims = parseSegment(body) as Readonly<Record<'iss' | 'aud' | 'sub' | 'client_id' | 'scope', string>> & {
    readonly exp: number
  }
  if (claims.iss !== 'consentgraph' || claims.aud !== 'consentgraph' || claims.exp * 1000 <= Date.now()) return null
  return { clientId: claims.client_id, keyHash: null, tokenUserId: claims.sub, scopes: claims.scope }
}

const readCaller = (authorization: string | undefined): Caller | null => {
  const credential = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1]
  if (credential === undefined) return null
  if (credential.includes('.')) return readToken(credential)
  const keyHash = createHash('sha256').update(credential).digest('hex')
  return { clientId: null, keyHash, tokenUserId: null, scopes: null }
}

const LOGIN = { accept: 'application/json', directlogin: 'token=a.login.token' }

const callProvider = (path: string, requestId: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let status = 0
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: (_, code) => void (status = code),
      onResponseData: (_, chunk) => void chunks.push(chunk),
      onResponseEnd: () => {
        if (status === 200) resolve(Buffer.concat(chunks).toString())
        else reject(new Error(`the provider answered ${status}`))
      },
      onResponseError: (_, error) => reject(error),
    }
    provider.dispatch({ method: 'GET', path, headers: { ...LOGIN, 'x-request-id': requestId } }, handler)
  })

const listConsents = async (bankId: string, requestId: string): Promise<readonly Listed[]> => {
  const text = await callProvider(`/obp/v3.1.0/banks/${bankId}/my/consents`, requestId)
  return (JSON.parse(text) as { readonly consents: readonly Listed[] }).consents
}

const toTime = (at: number): string => new Date(at).toISOString()
const toReport = (id: string, outcome: 'LIVE' | 'CACHED', at: number) => ({
  provider: { id },
  outcome,
  observedAt: toTime(at),
  stale: false,
})

const toStored = (row: StoredRow, source: ReturnType<typeof toReport>) => {
  const { raw, recognized } = JSON.parse(row.provider_status) as { readonly raw: string; readonly recognized: boolean }
  const { permissions, accountIds, validFrom, validUntil } = JSON.parse(row.access) as Readonly<Record<string, unknown>>
  return {
    id: row.id,
    status: row.status,
    statusReason: row.status_reason,
    isFinal: false,
    version: row.version,
    provider: { id: row.provider },
    providerConsentId: row.provider_consent_id,
    createdAt: toTime(row.created_at),
    authorizedAt: toTime(row.authorized_at),
    expiresAt: toTime(row.expires_at),
    providerStatus: { raw, recognized },
    access: { permissions, accountIds, validFrom, validUntil },
    source,
  }
}

const STATUSES: Readonly<Record<string, string>> = { INITIATED: 'AWAITING_AUTHORIZATION', ACCEPTED: 'AUTHORIZED' }
const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]

const toLive = (row: StoredRow, list: readonly Listed[], source: ReturnType<typeof toReport>) => {
  const listed = list.find((one) => one.consent_id === row.provider_consent_id)
  if (listed === undefined) throw new Error(`the provider does not list ${row.provider_consent_id}`)
  const { exp, nbf, views, entitlements } = parseSegment(listed.jwt.split('.')[1] ?? '') as Claims
  return {
    id: row.id,
    status: STATUSES[listed.status],
    statusReason: row.status_reason,
    isFinal: false,
    version: row.version,
    provider: { id: row.provider },
    providerConsentId: row.provider_consent_id,
    createdAt: toTime(row.created_at),
    authorizedAt: toTime(row.authorized_at),
    expiresAt: toTime(exp * 1000),
    providerStatus: { raw: listed.status, recognized: true },
    access: {
      permissions: unique([...views.map((view) => view.view_id), ...entitlements.map((role) => role.role_name)]),
      accountIds: unique(views.map((view) => view.account_id)),
      validFrom: toTime(nbf * 1000),
      validUntil: toTime(exp * 1000),
    },
    source,
  }
}

const readLive = async (rows: readonly StoredRow[], requestId: string) => {
  const [first] = rows
  const list = first === undefined ? [] : await listConsents(first.institution_ref, requestId)
  const report = toReport(first?.provider ?? '', 'LIVE', Date.now())
  return { report, consents: rows.map((row) => toLive(row, list, report)) }
}

const ADDRESS = /^\/(consents|users)\/([\w-]+)(?:\/consents|(\?live))?$/

/** The status, and the body. */
const answer = async ({ url = '', headers }: IncomingMessage): Promise<readonly [number, unknown]> => {
  const caller = readCaller(headers.authorization)
  const requestId = String(headers['x-request-id'])
  const [, kind, id = '', live] = ADDRESS.exec(url) ?? []
  if (caller === null || kind === undefined) return [caller === null ? 401 : 404, {}]
  const { clientId, keyHash, tokenUserId } = caller
  const isUser = kind === 'users'
  const about = isUser ? { consentId: null, userId: id } : { consentId: id, userId: null }
  const { scopes, rows } = await askStore({ clientId, keyHash, tokenUserId, ...about })
  if (scopes === null) return [401, {}]
  if (!(caller.scopes ?? scopes).includes('consents:read')) return [403, {}]
  if (isUser) {
    const { report, consents } = await readLive(rows, requestId)
    return [200, { data: { user: { id, consents: { nodes: consents, sources: [report] } } } }]
  }
  const [row] = rows
  if (row === undefined) return [404, {}]
  const consent =
    live === undefined
      ? toStored(row, toReport(row.provider, 'CACHED', row.seen_at))
      : (await readLive(rows, requestId)).consents[0]
  return [200, { data: { consent } }]
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
  void provider.destroy()
  void store.terminate()
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.send?.({ port } satisfies FloorReady)
})
