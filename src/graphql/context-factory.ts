import type { ClientId, RequestId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'
import { callWithin } from '../services/connectors.ts'
import type { Services } from '../services/services.ts'
import type { GraphContext } from './context.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { ContextFactory, OperationRequest } from './pipeline/request.ts'
import type { SandboxDirectory } from './sandbox-directory.ts'
import { lastPositionOf } from './stream-position.ts'

export interface ContextFactoryOptions {
  readonly services: Services
  readonly store: Store
  readonly sandbox: SandboxDirectory | null
  /** Rejects with UNAUTHENTICATED, RATE_LIMITED, ISSUER_UNAVAILABLE; null is nobody. */
  readonly authenticate: (request: OperationRequest) => Promise<Viewer | null>
  /** What all provider reads of one operation have. */
  readonly readMs: number
}

/** Owns nothing: whoever shows no credential gets past no field. */
const NOBODY: ClientId = 'cli_nobody'

export const createContextFactory =
  ({ services, store, sandbox, authenticate, readMs }: ContextFactoryOptions): ContextFactory<GraphContext> =>
  async (request) => {
    const viewer = await authenticate(request)
    const requestId = request.requestId as RequestId
    const scope = { clientId: viewer?.client.id ?? NOBODY, userId: viewer?.user?.id ?? null }
    // Has just been read, for their token. What waits for events, and what has changed something, reads anew.
    let known = request.transport === 'HTTP' ? (viewer?.user ?? null) : null
    const newLoaders = (): Loaders => {
      const made = createLoaders(store, services, scope, () => callWithin(readMs, requestId, request.signal))
      if (known !== null) made.users.prime(known.id, known)
      known = null
      return made
    }
    let loaders: Loaders | null = null
    return {
      requestId,
      viewer,
      expiresAt: viewer?.expiresAt ?? null,
      services,
      store,
      sandbox,
      get loaders() {
        return (loaders ??= newLoaders())
      },
      forgetReads: () => {
        known = null
        loaders = null
      },
      lastPosition: lastPositionOf(request),
      caller: { ipAddress: request.remoteAddress, userAgent: request.headers['user-agent'] ?? null },
    }
  }
