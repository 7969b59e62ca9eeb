import type { ClientId } from './ids.ts'

export interface ApiClient {
  readonly id: ClientId
  readonly name: string
  /** SHA-256 of the API key, hex. */
  readonly keyHash: string
  readonly scopes: readonly string[]
  /** Registered return addresses; compared in scheme, host, port and path. */
  readonly returnTo: readonly string[]
  readonly createdAt: Date
}
