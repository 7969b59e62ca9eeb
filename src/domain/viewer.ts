import type { ApiClient } from './api-client.ts'
import type { Scope, User } from './store.ts'

/** Who is calling: an API client, or one user of it through a user token. */
export interface Viewer {
  readonly client: ApiClient
  readonly user: User | null
  readonly scopes: ReadonlySet<string>
  /** When the credential ends; null for an API key. Real time. */
  readonly expiresAt: Date | null
}

/** What the viewer may see. */
export const scopeOf = (viewer: Viewer): Scope => ({ clientId: viewer.client.id, userId: viewer.user?.id ?? null })
