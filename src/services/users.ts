import { GatewayError, invalidInput } from '../domain/errors.ts'
import { isId } from '../domain/ids.ts'
import type { RequestId } from '../domain/ids.ts'
import type { IdempotentResult } from '../domain/idempotency.ts'
import type { User } from '../domain/store.ts'
import { isStorable } from '../domain/text.ts'
import { scopeOf, type Viewer } from '../domain/viewer.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import type { ServiceContext } from './context.ts'
import type { Idempotency } from './idempotency.ts'

/** A person, by our id or by the client's own name. */
export type UserRef = { readonly id: string } | { readonly externalId: string }

/** @throws GatewayError STATE_CONFLICT for a user whose erasure has begun */
export const checkNotErasing = ({ erasure }: User): void => {
  if (erasure === null) return
  throw new GatewayError('STATE_CONFLICT', {
    message: 'This user is being erased. Once that is complete the externalId is free again.',
    path: ['input', 'user'],
  })
}

const MAX_EXTERNAL_ID = 255

export interface Users {
  /** @throws GatewayError NOT_FOUND, for another client's or user's person as for nobody's */
  find(viewer: Viewer, ref: UserRef, ...path: readonly string[]): Promise<User>
  /** A known externalId returns the user that has it. */
  create(
    viewer: Viewer,
    input: { readonly externalId: string; readonly idempotencyKey?: string | null },
    requestId: RequestId,
  ): Promise<IdempotentResult>
}

export const createUsers = ({ store, clock, ids }: ServiceContext, idempotency: Idempotency): Users => {
  const lookup = async (viewer: Viewer, ref: UserRef): Promise<User | null> => {
    const scope = scopeOf(viewer)
    if ('externalId' in ref) return (await store.users.byExternalIds(scope, [ref.externalId]))[0] ?? null
    if (!isId('usr', ref.id)) return null
    return (await store.users.byIds(scope, [ref.id]))[0] ?? null
  }

  const checkExternalId = (externalId: string): void => {
    if (externalId.trim() === '' || externalId.length > MAX_EXTERNAL_ID || !isStorable(externalId)) {
      throw invalidInput(
        `An externalId is 1 to ${MAX_EXTERNAL_ID} characters of well-formed text without NUL, not all of them spaces.`,
        'input',
        'externalId',
      )
    }
  }

  return {
    find: async (viewer, ref, ...path) => {
      const user = await lookup(viewer, ref)
      if (user === null || user.erasedAt !== null) {
        throw new GatewayError('NOT_FOUND', { message: 'No such user.', path })
      }
      return user
    },

    create: (viewer, input, requestId) =>
      idempotency.run(
        viewer,
        { operation: 'createUser', key: input.idempotencyKey ?? null, input, requestId },
        async ({ touched, claim }) => {
          checkExternalId(input.externalId)
          await untilCommitted(async () => {
            const known = await lookup(viewer, { externalId: input.externalId })
            touched.userId = known?.id ?? ids.next('usr')
            if (known !== null) checkNotErasing(known)
            if (known !== null) return await commitOrThrow(store, claim())
            const user: User = {
              id: touched.userId,
              clientId: viewer.client.id,
              externalId: input.externalId,
              createdAt: clock.now(),
              erasedAt: null,
              erasure: null,
            }
            return await commitOrThrow(store, [...claim(), { kind: 'user.insert', user }])
          })
          return []
        },
      ),
  }
}
