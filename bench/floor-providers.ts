/** The floor's calls to the four providers. It retries nothing, limits nothing and shares nothing. */
import { type Dispatcher, Pool } from 'undici'
import { DOUBLE_PATHS } from './double-answer.ts'
import {
  type Call,
  type Dialect,
  ENABLE_BANKING_HEADERS,
  enableBanking,
  fiskil,
  type FloorAccount,
  type FloorInstitution,
  insurely,
  openBankProject,
  type Said,
} from './floor-dialects.ts'
import type { StoredRow } from './floor-rows.ts'

export interface FloorProvider {
  readonly displayName: string
  read(rows: readonly StoredRow[], requestId: string): Promise<readonly Said[]>
  institution(ref: string): FloorInstitution | null
  /** Kept for two minutes, as the gateway keeps them. `at` is null where they are not to be had. */
  accounts(row: StoredRow, requestId: string): Promise<KeptAccounts>
}

export interface KeptAccounts {
  readonly nodes: readonly FloorAccount[]
  readonly at: number | null
  readonly isNew: boolean
}

export interface AuthorizationStarted {
  readonly url: string
  readonly authorization_id: string
}

export interface FloorProviders {
  of(id: string): FloorProvider
  startAuthorization(body: object, requestId: string): Promise<AuthorizationStarted>
  close(): void
}

const KEEP_MS = 2 * 60_000

type Send = (call: Call, requestId: string) => Promise<unknown>

const senderOf =
  (pool: Pool, root: string): Send =>
  ({ path, headers, body }, requestId) =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let status = 0
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: () => {},
        onResponseStart: (_, code) => void (status = code),
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          if (status === 200) resolve(JSON.parse(Buffer.concat(chunks).toString()))
          else reject(new Error(`${path}: the provider answered ${status}`))
        },
        onResponseError: (_, error) => reject(error),
      }
      const method = body === undefined ? 'GET' : 'POST'
      const all = { ...headers, 'x-request-id': requestId }
      pool.dispatch({ method, path: root + path, headers: all, body: body ?? null }, handler)
    })

const connect = async (
  displayName: string,
  dialect: Dialect,
  send: Send,
  openSecrets: (row: StoredRow) => unknown,
): Promise<FloorProvider> => {
  const institutions = new Map(dialect.toInstitutions(await send(dialect.institutions, 'floor')))
  const kept = new Map<string, { readonly nodes: readonly FloorAccount[]; readonly at: number }>()
  return {
    displayName,
    institution: (ref) => institutions.get(ref) ?? null,

    read: (rows, requestId) => {
      const lists = new Map<string, Promise<unknown>>()
      return Promise.all(
        rows.map(async (row) => {
          const key = dialect.listKey(row)
          const asked = lists.get(key) ?? send(dialect.toRead(row), requestId)
          lists.set(key, asked)
          return dialect.toSaid(await asked, row)
        }),
      )
    },

    accounts: async (row, requestId) => {
      if (dialect.accounts === null) return { nodes: [], at: null, isNew: false }
      const known = kept.get(row.id)
      if (known !== undefined && Date.now() - known.at < KEEP_MS) return { ...known, isNew: false }
      const secrets = openSecrets(row)
      const answer = await send(dialect.accounts.toRead(row, secrets), requestId)
      const now = { nodes: dialect.accounts.toAccounts(answer, row, secrets), at: Date.now() }
      kept.set(row.id, now)
      return { ...now, isNew: true }
    },
  }
}

/** Lists the institutions of each beforehand. */
export const connectProviders = async (
  url: string,
  openSecrets: (row: StoredRow) => unknown,
): Promise<FloorProviders> => {
  const pools: Pool[] = []
  const senderTo = (root: string): Send => {
    const pool = new Pool(url, { connections: 32, allowH2: false })
    pools.push(pool)
    return senderOf(pool, root)
  }
  const sendToEnableBanking = senderTo(DOUBLE_PATHS.enableBanking)
  const byId = new Map([
    ['ENABLE_BANKING', await connect('Enable Banking', enableBanking, sendToEnableBanking, openSecrets)],
    ['FISKIL', await connect('Fiskil', fiskil, senderTo(DOUBLE_PATHS.fiskil), openSecrets)],
    ['INSURELY', await connect('Insurely', insurely, senderTo(DOUBLE_PATHS.insurely), openSecrets)],
    [
      'OPEN_BANK_PROJECT',
      await connect('Open Bank Project', openBankProject, senderTo(DOUBLE_PATHS.openBankProject), openSecrets),
    ],
  ])
  return {
    of: (id) => {
      const provider = byId.get(id)
      if (provider === undefined) throw new Error(`no such provider: ${id}`)
      return provider
    },
    startAuthorization: async (body, requestId) => {
      const headers = { ...ENABLE_BANKING_HEADERS, 'content-type': 'application/json' }
      const call = { path: '/auth', headers, body: JSON.stringify(body) }
      return (await sendToEnableBanking(call, requestId)) as AuthorizationStarted
    },
    close: () => pools.forEach((pool) => void pool.destroy()),
  }
}
