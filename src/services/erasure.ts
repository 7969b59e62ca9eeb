import type { AuthSession } from '../domain/auth-session.ts'
import { isFinalConsent } from '../domain/consent.ts'
import {
  type AwaitedGrant,
  type ErasureState,
  grantOutcomeOf,
  mayBeGranted,
  type ProviderErasure,
  type UserErasure,
  waitsUntil,
} from '../domain/erasure.ts'
import type { ConsentId, RequestId, UserId } from '../domain/ids.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ProviderLink, StoredConsent, User, Write } from '../domain/store.ts'
import type { UserFault } from '../domain/user-fault.ts'
import type { Viewer } from '../domain/viewer.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import { callWithin } from './connectors.ts'
import { momentOf, type ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'
import type { Run } from './idempotency.ts'
import type { JobRun } from './jobs.ts'
import type { Revocations } from './revocation.ts'
import { scrubConsent, scrubSession, scrubWaitingSession } from './scrub.ts'
import type { UserRef, Users } from './users.ts'

export interface Erasures {
  /**
   * Revokes every live consent at once; the rest follows without a request. Asking again tries at once what has been given
   * up, and changes nothing else.
   */
  request(viewer: Viewer, ref: UserRef, requestId: RequestId, run: Run): Promise<readonly UserFault[]>
  /**
   * One step of the saga: waits for the revocations, for calls under way and for what the person may still approve at a bank,
   * has the providers forget, then forgets here.
   */
  proceed(id: UserId, run: JobRun): Promise<void>
}

/** Real time. */
const WAIT_FOR_REVOCATIONS_MS = 2_000
const BACK_OFF_MS = [5, 30, 120, 600, 3600].map((seconds) => seconds * 1000)
const SLOWEST_MS = 6 * 3_600_000
/** How often an erasure looks whether what it waits for is over; a callback has it look at once. */
const LOOK_MS = 10_000
const PAGE = 100

interface Standing {
  readonly sessions: readonly AuthSession[]
  readonly consents: readonly StoredConsent[]
  /** Ended here, and open at the bank. */
  readonly awaited: readonly AuthSession[]
  readonly isCalling: boolean
  /** Their revocation is not confirmed. */
  readonly open: readonly StoredConsent[]
  readonly isQuiet: boolean
}

const isOver = (state: ErasureState): boolean => state === 'COMPLETED' || state === 'NOT_SUPPORTED'

const later = (ms: number): Date => new Date(Date.now() + ms)

export const createErasures = (context: ServiceContext, users: Users, revocations: Revocations): Erasures => {
  const { store, connectors, settings, clock } = context

  const allConsents = async (userId: UserId): Promise<readonly StoredConsent[]> => {
    const found: StoredConsent[] = []
    for (let after = null as { at: Date; id: string } | null; ;) {
      const page = await store.consents.page('SYSTEM', { userId }, { first: PAGE, after })
      found.push(...page.rows)
      const last = page.rows.at(-1)
      if (!page.hasNextPage || last === undefined) return found
      after = { at: last.createdAt, id: last.id }
    }
  }

  const allSessions = async (userId: UserId): Promise<readonly AuthSession[]> => {
    const found: AuthSession[] = []
    for (let after = null as { at: Date; id: string } | null; ;) {
      const page = await store.sessions.pageOfUser('SYSTEM', userId, { first: PAGE, after })
      found.push(...page.rows)
      const last = page.rows.at(-1)
      if (!page.hasNextPage || last === undefined) return found
      after = { at: last.createdAt, id: last.id }
    }
  }

  const linksOf = async (userId: UserId): Promise<readonly ProviderLink[]> =>
    (await store.links.byUsers('SYSTEM', [userId]))[0] ?? []

  const forgets = ({ provider }: ProviderLink): boolean => connectors.find(provider)?.connector.forgetUser !== undefined

  const begin = async (user: User): Promise<UserErasure> => ({
    requestedAt: clock.now(),
    completedAt: null,
    stuckConsents: 0,
    awaited: [],
    providers: (await linksOf(user.id)).map((link) => ({
      provider: link.provider,
      state: forgets(link) ? 'IN_PROGRESS' : 'NOT_SUPPORTED',
      lastProblem: null,
      tries: 0,
    })),
  })

  const revokeAll = async (userId: UserId): Promise<void> => {
    for (const { id, status } of await allConsents(userId)) {
      if (!isFinalConsent(status)) await revocations.refuse(id, 'USER_ERASED')
    }
  }

  const forget = async (link: ProviderLink, known: ProviderErasure, run: JobRun): Promise<ProviderErasure> => {
    const connector = connectors.find(link.provider)?.connector
    if (known.state === 'COMPLETED' || connector?.forgetUser === undefined) return known
    try {
      await connector.forgetUser(link.user, callWithin(settings.providerCallMs, run.requestId))
      return { ...known, state: 'COMPLETED', lastProblem: null }
    } catch (error) {
      const fault = toGatewayError(error)
      context.report(
        'erasure.provider.failed',
        { provider: link.provider, requestId: run.requestId, code: fault.code },
        error,
      )
      const tries = known.tries + 1
      const state = tries > BACK_OFF_MS.length ? 'NEEDS_ATTENTION' : 'IN_PROGRESS'
      return { ...known, state, tries, lastProblem: toProblemReport(fault, run.requestId) }
    }
  }

  /** As things stand at this moment; `isQuiet`: nothing more comes of anything. */
  const stand = async (id: UserId): Promise<Standing> => {
    // Before the consents: what a call brings is written with its end.
    const sessions = await allSessions(id)
    const consents = await allConsents(id)
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
  const noteAwaited = (known: UserErasure['awaited'], { sessions, consents, awaited }: Standing) => {
    const fresh = awaited.map(({ consentId, provider, expiresAt }) => ({
      consentId,
      provider,
      until: expiresAt,
      outcome: null,
    }))
    const all = [...known, ...fresh.filter(({ consentId }) => !known.some((one) => one.consentId === consentId))]
    return all.map(({ consentId, provider, until, outcome: before }): AwaitedGrant => {
      const isOfIt = (one: { readonly consentId: ConsentId }): boolean => one.consentId === consentId
      const consent = consents.find(({ id }) => id === consentId)
      if (awaited.some(isOfIt)) return { consentId, provider, until, outcome: null }
      // What said so may be scrubbed by now.
      const now = grantOutcomeOf(sessions.find(isOfIt), consent)
      const outcome = now === 'NONE_CAME' ? (before ?? now) : now
      return { consentId, provider, until, outcome }
    })
  }

  /** What is not needed for the authorizations that are waited for. */
  const scrub = ({ sessions, consents, awaited }: Standing): readonly Write[] => {
    const moment = momentOf(context)
    return [
      ...consents.flatMap((consent) => scrubConsent(consent, moment)),
      ...sessions.flatMap((session) =>
        awaited.includes(session) ? scrubWaitingSession(session, moment) : scrubSession(session, moment),
      ),
    ]
  }

  /** Decides anew in each round: a code that comes at the last moment has its call under way. */
  const complete = (user: User, erasure: UserErasure, run: JobRun): Promise<void> =>
    untilCommitted(async () => {
      const standing = await stand(user.id)
      if (!standing.isQuiet || standing.awaited.length > 0)
        return await commitOrThrow(store, [run.again(later(WAIT_FOR_REVOCATIONS_MS))])
      const at = clock.now()
      const awaited = noteAwaited(erasure.awaited, standing)
      const done: UserErasure = { ...erasure, awaited, completedAt: at, stuckConsents: 0 }
      return await commitOrThrow(store, [
        run.finish,
        ...scrub(standing),
        { kind: 'user.erase', clientId: user.clientId, userId: user.id, at, erasure: done },
      ])
    })

  /** Until the last authorization that the person may still approve has its end, everything else goes. */
  const waitOn = (user: User, erasure: UserErasure, run: JobRun): Promise<void> =>
    untilCommitted(async () => {
      const standing = await stand(user.id)
      const told = { ...erasure, awaited: noteAwaited(erasure.awaited, standing) }
      const leftMs = (waitsUntil(told)?.getTime() ?? 0) - clock.now().getTime()
      const waitMs = standing.isQuiet ? Math.min(leftMs, LOOK_MS) : WAIT_FOR_REVOCATIONS_MS
      const again = run.again(later(Math.max(0, waitMs)))
      const providers = standing.awaited.map(({ provider }) => provider)
      const isForgotten = told.providers.every(({ provider, state }) => providers.includes(provider) || isOver(state))
      const forget: Write = {
        kind: 'user.forget',
        clientId: user.clientId,
        userId: user.id,
        keepLinks: providers,
        erasure: told,
      }
      const scrubbing = isForgotten && standing.isQuiet ? scrub(standing) : []
      const isNews = scrubbing.length > 0 || (isForgotten && user.externalId !== null)
      if (isNews && standing.isQuiet) return await commitOrThrow(store, [again, ...scrubbing, forget])
      return await commitOrThrow(store, [again, ...noteChange(user, told)])
    })

  const note = (user: User, erasure: UserErasure): Write => ({
    kind: 'user.erasing',
    clientId: user.clientId,
    userId: user.id,
    erasure,
  })

  /** Nothing where it is known: each note is a line of the audit trail. */
  const noteChange = (user: User, erasure: UserErasure): readonly Write[] =>
    JSON.stringify(erasure) === JSON.stringify(user.erasure) ? [] : [note(user, erasure)]

  /** What waits for a person, or for hours, is tried at once. */
  const tryAgain = async (user: User, erasure: UserErasure): Promise<readonly Write[]> => {
    const stuck = (await allConsents(user.id)).filter(({ revocation }) => revocation?.state === 'NEEDS_ATTENTION')
    const isGivenUp = erasure.providers.some(({ state }) => state === 'NEEDS_ATTENTION')
    if (erasure.completedAt !== null || (stuck.length === 0 && !isGivenUp)) return []
    for (const { id } of stuck) await revocations.retry(id)
    const providers = erasure.providers.map((one) =>
      one.state === 'NEEDS_ATTENTION' ? ({ ...one, state: 'IN_PROGRESS', tries: 0 } as const) : one,
    )
    const job = { kind: 'ERASE_USER', subject: user.id } as const
    return [note(user, { ...erasure, providers, stuckConsents: 0 }), { kind: 'job.schedule', job, dueAt: later(0) }]
  }

  return {
    request: async (viewer, ref, requestId, { touched, claim }) => {
      const user = await users.find(viewer, ref, 'input', 'user')
      touched.userId = user.id
      if (user.erasure !== null) {
        await commitOrThrow(store, [...claim(), ...(await tryAgain(user, user.erasure))])
        return []
      }
      const job = { kind: 'ERASE_USER', subject: user.id } as const
      // First the promise, then its parts: a process that dies in between leaves the job to go on.
      await commitOrThrow(store, [
        ...claim(),
        note(user, await begin(user)),
        { kind: 'job.schedule', job, dueAt: later(WAIT_FOR_REVOCATIONS_MS) },
      ])
      await revokeAll(user.id)
      context.report('erasure.requested', { subject: user.id, requestId })
      return []
    },

    proceed: async (id, run) => {
      const [user] = await store.users.byIds('SYSTEM', [id])
      if (user == null || user.erasure === null || user.erasedAt !== null)
        return await commitOrThrow(store, [run.finish])
      await revokeAll(id)
      const standing = await stand(id)
      const { isCalling, open } = standing
      const stuckConsents = open.filter(({ revocation }) => revocation?.state === 'NEEDS_ATTENTION').length
      const erasure = { ...user.erasure, stuckConsents, awaited: noteAwaited(user.erasure.awaited, standing) }
      if (!standing.isQuiet) {
        const wait = !isCalling && open.length === stuckConsents ? SLOWEST_MS : WAIT_FOR_REVOCATIONS_MS
        return await commitOrThrow(store, [run.again(later(wait)), note(user, erasure)])
      }
      const isAwaited = ({ provider }: ProviderLink): boolean =>
        standing.awaited.some((session) => session.provider === provider)
      const links = (await linksOf(id)).filter((link) => !isAwaited(link))
      const asked = await Promise.all(
        links.map((link) => {
          const fresh = { provider: link.provider, state: 'IN_PROGRESS', lastProblem: null, tries: 0 } as const
          return forget(link, erasure.providers.find(({ provider }) => provider === link.provider) ?? fresh, run)
        }),
      )
      const others = erasure.providers.filter(({ provider }) => !asked.some((one) => one.provider === provider))
      const told = { ...erasure, providers: [...others, ...asked] }
      if (asked.some(({ state }) => !isOver(state))) {
        const wait = BACK_OFF_MS[Math.max(...asked.map(({ tries }) => tries)) - 1] ?? SLOWEST_MS
        return await commitOrThrow(store, [run.again(later(wait)), note(user, told)])
      }
      return standing.awaited.length > 0 ? await waitOn(user, told, run) : await complete(user, told, run)
    },
  }
}
