import type { ClientId, RequestId } from '../domain/ids.ts'
import type { Store, User } from '../domain/store.ts'
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

/** What is read for one operation, or for one event of a subscription. */
class Reads {
  readonly #newLoaders: () => Loaders
  #known: User | null
  #loaders: Loaders | null = null
  isForNow = false

  /** @param known has been read already */
  constructor(known: User | null, newLoaders: () => Loaders) {
    this.#known = known
    this.#newLoaders = newLoaders
  }

  get loaders(): Loaders {
    return (this.#loaders ??= this.#makeLoaders())
  }

  forget(): void {
    this.#known = null
    this.#loaders = null
  }

  #makeLoaders(): Loaders {
    const made = this.#newLoaders()
    if (this.#known !== null) made.users.prime(this.#known.id, this.#known)
    this.#known = null
    return made
  }
}

class LoadingContext implements GraphContext {
  readonly requestId: GraphContext['requestId']
  readonly viewer: GraphContext['viewer']
  readonly expiresAt: GraphContext['expiresAt']
  readonly services: GraphContext['services']
  readonly store: GraphContext['store']
  readonly sandbox: GraphContext['sandbox']
  readonly lastPosition: GraphContext['lastPosition']
  readonly caller: GraphContext['caller']
  /** Apollo executes with a copy of the context, made of its prototype and its enumerable properties: not one of `#`. */
  private readonly reads: Reads

  constructor(reads: Reads, given: Omit<GraphContext, 'loaders' | 'forgetReads' | 'isForNow' | 'answerForNow'>) {
    this.reads = reads
    this.requestId = given.requestId
    this.viewer = given.viewer
    this.expiresAt = given.expiresAt
    this.services = given.services
    this.store = given.store
    this.sandbox = given.sandbox
    this.lastPosition = given.lastPosition
    this.caller = given.caller
  }

  get loaders(): Loaders {
    return this.reads.loaders
  }

  get isForNow(): boolean {
    return this.reads.isForNow
  }

  answerForNow(): void {
    this.reads.isForNow = true
  }

  forgetReads(): void {
    this.reads.forget()
  }
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
    const known = request.transport === 'HTTP' ? (viewer?.user ?? null) : null
    const newLoaders = (): Loaders =>
      createLoaders(store, services, scope, () => callWithin(readMs, requestId, request.signal))
    return new LoadingContext(new Reads(known, newLoaders), {
      requestId,
      viewer,
      expiresAt: viewer?.expiresAt ?? null,
      services,
      store,
      sandbox,
      lastPosition: lastPositionOf(request),
      caller: { ipAddress: request.remoteAddress, userAgent: request.headers['user-agent'] ?? null },
    })
  }
