import type { ApiClient } from './api-client.ts'
import type { Scope, User } from './store.ts'

/** Who is calling: an API client, or one user of it through a user token. */
export interface Viewer {
  readonly client: ApiClient
  readonly user: User | null
  /** Of the API key that was shown; null for a user token. */
  readonly keyHash: string | null
  readonly scopes: ReadonlySet<string>
  /** When the credential ends; null for an API key that was not replaced. Real time. */
  readonly expiresAt: Date | null
}

/** What the viewer may see. */
export const scopeOf = (viewer: Viewer): Scope => ({ clientId: viewer.client.id, userId: viewer.user?.id ?? null })
