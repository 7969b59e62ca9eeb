import type { ClientId } from './ids.ts'

/** What a credential may be allowed to do. */
export const SCOPES = [
  'users:read',
  'users:write',
  'consents:read',
  'authorizations:write',
  'webhooks:admin',
  'operations:read',
] as const

export type ClientScope = (typeof SCOPES)[number]

export const isScope = (name: string): name is ClientScope => (SCOPES as readonly string[]).includes(name)

/** A service that holds an API key: everything belongs to one of them. All instants are real time. */
export interface ApiClient {
  readonly id: ClientId
  readonly name: string
  /** SHA-256 of the API key, hex. */
  readonly keyHash: string
  /** The clear beginning of the key, for recognizing it in a list. Null where none was kept. */
  readonly keyHint: string | null
  readonly scopes: readonly string[]
  /** Registered return addresses; compared in scheme, host, port and path. */
  readonly returnTo: readonly string[]
  readonly createdAt: Date
  /** Its keys and its users' tokens are refused since then; null while they are not. */
  readonly disabledAt: Date | null
  /** Grows by one with every change; the compare-and-set key. */
  readonly version: number
}

/** A key that was replaced and is still taken for a while. */
export interface FormerKey {
  readonly clientId: ClientId
  readonly keyHash: string
  readonly keyHint: string | null
  readonly endsAt: Date
}

/** No user token allows what its client may not do itself. */
export const allowedScopes = ({ scopes: held }: ApiClient, scopes: Iterable<string>): readonly string[] =>
  [...scopes].filter((scope) => held.includes(scope))

/** Changes around clients: see `Write`. */
export type ClientWrite =
  /** Inserts or replaces, whatever the version. Conflicts with the key of another. */
  | { readonly kind: 'client.put'; readonly client: ApiClient }
  /** Conflicts with the key of another, too. */
  | { readonly kind: 'client.update'; readonly client: ApiClient }
  | { readonly kind: 'formerKey.insert'; readonly key: FormerKey }
  /** Forgets those that end before that instant; null: all of them. */
  | { readonly kind: 'formerKeys.drop'; readonly clientId: ClientId; readonly before: Date | null }
