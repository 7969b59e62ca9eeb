import type { AuthSession } from '../domain/auth-session.ts'
import { type AwaitedGrant, grantOutcomeOf, mayBeGranted, type UserErasure } from '../domain/erasure.ts'
import type { ConsentId, UserId } from '../domain/ids.ts'
import type { Page, PageKey, PageRequest, Store, StoredConsent } from '../domain/store.ts'
import type { ServiceContext } from './context.ts'

/** What of a user an erasure has to wait for. */
export interface Standing {
  readonly sessions: readonly AuthSession[]
  readonly consents: readonly StoredConsent[]
  /** Ended here, and open at the bank. */
  readonly awaited: readonly AuthSession[]
  readonly isCalling: boolean
  /** Their revocation is not confirmed. */
  readonly open: readonly StoredConsent[]
  readonly isQuiet: boolean
}

const PAGE = 100

const all = async <Row extends { readonly id: string; readonly createdAt: Date }>(
  readPage: (page: PageRequest) => Promise<Page<Row>>,
): Promise<readonly Row[]> => {
  const found: Row[] = []
  for (let after: PageKey | null = null; ;) {
    const { rows, hasNextPage }: Page<Row> = await readPage({ first: PAGE, after })
    found.push(...rows)
    const last = rows.at(-1)
    if (!hasNextPage || last === undefined) return found
    after = { at: last.createdAt, id: last.id }
  }
}

/** All that a user ever gave, newest first. */
export const consentsOf = (store: Store, userId: UserId): Promise<readonly StoredConsent[]> =>
  all((page) => store.consents.page('SYSTEM', { userId }, page))

/** As things stand at this moment; `isQuiet`: nothing more comes of anything. */
export const stand = async (
  { store, clock }: Pick<ServiceContext, 'store' | 'clock'>,
  id: UserId,
): Promise<Standing> => {
  // Before the consents: what a call brings is written with its end.
  const sessions = await all((page) => store.sessions.pageOfUser('SYSTEM', id, page))
  const consents = await consentsOf(store, id)
  const now = clock.now()
  const awaited = sessions.filter((session) => {
    const consent = consents.find((one) => one.id === session.consentId)
    return consent !== undefined && mayBeGranted(session, consent, now)
  })
  const isCalling = sessions.some(({ inFlight }) => inFlight !== null)
  const open = consents.filter(({ revocation }) => revocation !== null && revocation.state !== 'CONFIRMED')
  return { sessions, consents, awaited, isCalling, open, isQuiet: !isCalling && open.length === 0 }
}

/** Who is waited for now, and what came of those that were. */
export const noteAwaited = (known: UserErasure['awaited'], { sessions, consents, awaited }: Standing) => {
  const fresh = awaited.map(({ consentId, provider, expiresAt }) => ({
    consentId,
    provider,
    until: expiresAt,
    outcome: null,
  }))
  const every = [...known, ...fresh.filter(({ consentId }) => !known.some((one) => one.consentId === consentId))]
  return every.map(({ consentId, provider, until, outcome: before }): AwaitedGrant => {
    const isOfIt = (one: { readonly consentId: ConsentId }): boolean => one.consentId === consentId
    const consent = consents.find(({ id }) => id === consentId)
    if (awaited.some(isOfIt)) return { consentId, provider, until, outcome: null }
    // What said so may be scrubbed by now.
    const now = grantOutcomeOf(sessions.find(isOfIt), consent)
    const outcome = now === 'NONE_CAME' ? (before ?? now) : now
    return { consentId, provider, until, outcome }
  })
}
