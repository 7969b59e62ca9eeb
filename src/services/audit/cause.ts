import { AsyncLocalStorage } from 'node:async_hooks'
import type { AuditActor } from '../../domain/audit.ts'
import type { ClientId, RequestId, UserId } from '../../domain/ids.ts'
import type { Viewer } from '../../domain/viewer.ts'

/** Why whatever is committed now is committed. */
export interface Cause {
  readonly actor: AuditActor
  /** The mutation, route, job or command. */
  readonly action: string
  readonly requestId: RequestId | null
  readonly clientId: ClientId | null
  readonly userId: UserId | null
  /** The caller's IP address. */
  readonly address: string | null
}

/** What comes of reading, and of nobody in particular. */
const BY_ITSELF: Cause = {
  actor: 'GATEWAY',
  action: 'observe',
  requestId: null,
  clientId: null,
  userId: null,
  address: null,
}

const causes = new AsyncLocalStorage<Cause>()

export const currentCause = (): Cause => causes.getStore() ?? BY_ITSELF

/** All that `run` commits, now or later, is put down to this. Set where a request, job or command comes in, and nowhere else. */
export const causedBy = <Result>(cause: Partial<Cause> & Pick<Cause, 'actor' | 'action'>, run: () => Result): Result =>
  causes.run({ ...BY_ITSELF, ...cause }, run)

export const causedByViewer = <Result>(
  { client, user }: Viewer,
  asked: Pick<Cause, 'action' | 'requestId' | 'address'>,
  run: () => Result,
): Result =>
  causedBy({ ...asked, actor: user === null ? 'CLIENT' : 'USER', clientId: client.id, userId: user?.id ?? null }, run)
