import { GatewayError } from '../domain/errors.ts'
import type { RequestId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Services } from '../services/services.ts'
import type { SandboxDirectory } from './sandbox-directory.ts'
import type { Loaders } from './loaders.ts'

/** What an operation runs with; made anew for each. */
export interface GraphContext {
  readonly requestId: RequestId
  /** Null for nobody: enough for introspection, and for no field. */
  readonly viewer: Viewer | null
  /** When the credential ends; null where it does not. */
  readonly expiresAt: Date | null
  readonly services: Services
  /** For reads that are nothing but reads. */
  readonly store: Store
  /** Made when they are first asked for: most subscriptions wait, and load nothing. */
  readonly loaders: Loaders
  /** A provider that was to be heard was silent, or the like: nobody may use this answer again. */
  readonly isForNow: boolean
  answerForNow(): void
  /** Loaders are made anew from here on, for the next event of a subscription. */
  forgetReads(): void
  /** Null outside the sandbox. */
  readonly sandbox: SandboxDirectory | null
  /** The last position that an event stream named before its connection was lost; null where the request says none. */
  readonly lastPosition: string | null
  /** What the request itself says of the person's browser; used where the input says nothing. */
  readonly caller: { readonly ipAddress: string | null; readonly userAgent: string | null }
}

/** @throws GatewayError UNAUTHENTICATED */
export const requireViewer = (context: GraphContext): Viewer => {
  if (context.viewer === null) throw new GatewayError('UNAUTHENTICATED')
  return context.viewer
}

/** What a stored row names by its key is there; its absence is a fault of ours. */
export const present = async <Row>(row: Promise<Row | null>): Promise<Row> => {
  const found = await row
  if (found === null) throw new GatewayError('INTERNAL', { cause: new Error('a stored key names nothing') })
  return found
}
