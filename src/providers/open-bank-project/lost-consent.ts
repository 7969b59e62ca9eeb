import type { ConsentClaims, Entitlement, View } from './consent-jwt.ts'
import { toStatus } from './mapping.ts'
import type { Session } from './sealed.ts'
import { type ListedObpConsent, type ObpConsent, toObpConsent } from './wire.ts'

/** How far the server's clock may be from ours. */
const CLOCK_TOLERANCE_SECONDS = 60
/** No call of ours takes longer. */
const LONGEST_CALL_SECONDS = 60

/** When a consent was made, in epoch seconds by the server's clock. */
export interface CreationWindow {
  readonly from: number
  readonly to: number
}

export const toWindow = (startedAt: Date): CreationWindow => {
  const at = Math.floor(startedAt.getTime() / 1000)
  return { from: at - CLOCK_TOLERANCE_SECONDS, to: at + CLOCK_TOLERANCE_SECONDS + LONGEST_CALL_SECONDS }
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean => {
  const [left, right] = [new Set(a), new Set(b)]
  return left.size === right.size && [...left].every((value) => right.has(value))
}

const toViewName = (view: View): string => JSON.stringify([view.bank_id, view.account_id, view.view_id])
const toRoleName = (role: Entitlement): string => JSON.stringify([role.bank_id, role.role_name])

/** What a consent is known by. */
export type Wanted = Pick<
  Session,
  'consumerId' | 'validFrom' | 'timeToLiveSeconds' | 'everything' | 'views' | 'entitlements'
>

/** The server itself chooses the views and roles of `everything`. */
const hasScope = ({ views, entitlements }: ConsentClaims, wanted: Wanted): boolean =>
  wanted.everything ||
  (isSameSet(views.map(toViewName), wanted.views.map(toViewName)) &&
    isSameSet(entitlements.map(toRoleName), wanted.entitlements.map(toRoleName)))

const isDescribed = (claims: ConsentClaims, wanted: Wanted): boolean =>
  (wanted.consumerId === null || claims.audience.includes(wanted.consumerId)) &&
  claims.notBefore === wanted.validFrom &&
  claims.expiresAt !== null &&
  claims.expiresAt <= wanted.validFrom + wanted.timeToLiveSeconds &&
  hasScope(claims, wanted)

/**
 * The living consents of a list that a creation with this wish would have left, newest first. OBP takes no name for a
 * consent, so this is all there is: consumer, begin to the second, longest end, views, roles, and when it was made. One
 * whose JWT does not say all of this is nobody's.
 */
export const findCreated = (
  list: readonly ListedObpConsent[],
  wanted: Wanted,
  window: CreationWindow,
): readonly ObpConsent[] =>
  list
    .flatMap((listed) => {
      const status = toStatus(listed.status)?.status
      return status === 'AWAITING_AUTHORIZATION' || status === 'AUTHORIZED' ? toObpConsent(listed) : []
    })
    .filter(({ claims }) => {
      const issuedAt = claims?.issuedAt ?? null
      if (claims === null || issuedAt === null) return false
      return issuedAt >= window.from && issuedAt <= window.to && isDescribed(claims, wanted)
    })
    .toSorted((a, b) => (b.claims?.issuedAt ?? 0) - (a.claims?.issuedAt ?? 0))
