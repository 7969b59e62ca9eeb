import { isFinalConsent } from '../domain/consent.ts'
import { type ErasureState, type ProviderErasure, type UserErasure, waitsUntil } from '../domain/erasure.ts'
import type { RequestId, UserId } from '../domain/ids.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { ProviderLink, StoredConsent, User, Write } from '../domain/store.ts'
import type { UserFault } from '../domain/user-fault.ts'
import type { Viewer } from '../domain/viewer.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import { callWithin, connectorOf } from './connectors.ts'
import { momentOf, type ServiceContext } from './context.ts'
import { consentsOf, noteAwaited, stand, type Standing } from './erasure-standing.ts'
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

const isOver = (state: ErasureState): boolean => state === 'COMPLETED' || state === 'NOT_SUPPORTED'

const later = (ms: number): Date => new Date(Date.now() + ms)

export const createErasures = (context: ServiceContext, users: Users, revocations: Revocations): Erasures => {
  const { store, connectors, settings, clock } = context

  const linksOf = async (userId: UserId): Promise<readonly ProviderLink[]> =>
    (await store.links.byUsers('SYSTEM', [userId]))[0] ?? []

  /** One that is not configured may well forget: nobody is told that it cannot, and it is asked once it is. */
  const cannotForget = (provider: ProviderId): boolean => {
    const found = connectors.find(provider)
    return found !== null && found.connector.forgetUser === undefined
  }

  const toForget = ({ provider }: ProviderLink): ProviderErasure => ({
    provider,
    state: cannotForget(provider) ? 'NOT_SUPPORTED' : 'IN_PROGRESS',
    lastProblem: null,
    tries: 0,
  })

  const begin = async (user: User): Promise<UserErasure> => ({
    requestedAt: clock.now(),
    completedAt: null,
    stuckConsents: 0,
    awaited: [],
    providers: (await linksOf(user.id)).map(toForget),
  })

  const revokeAll = async (userId: UserId): Promise<void> => {
    for (const { id, status } of await consentsOf(store, userId)) {
      if (!isFinalConsent(status)) await revocations.refuse(id, 'USER_ERASED')
    }
  }

  const forget = async (link: ProviderLink, known: ProviderErasure, run: JobRun): Promise<ProviderErasure> => {
    if (known.state === 'COMPLETED') return known
    if (cannotForget(link.provider)) return { ...known, state: 'NOT_SUPPORTED', lastProblem: null }
    try {
      const connector = connectorOf(connectors, link.provider)
      await connector.forgetUser?.(link.user, callWithin(settings.providerCallMs, run.requestId))
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

  const note = (user: User, erasure: UserErasure): Write => ({
    kind: 'user.erasing',
    clientId: user.clientId,
    userId: user.id,
    erasure,
  })

  /** Nothing where it is known: each note is a line of the audit trail. */
  const noteChange = (user: User, erasure: UserErasure): readonly Write[] =>
    JSON.stringify(erasure) === JSON.stringify(user.erasure) ? [] : [note(user, erasure)]

  /**
   * Decides by the look that it commits, anew in each round: a code that comes at the last moment has its call under way. Until the
   * last authorization that the person may still approve has its end, everything else goes.
   */
  const settle = (user: User, erasure: UserErasure, run: JobRun): Promise<void> =>
    untilCommitted(async () => {
      const standing = await stand(context, user.id)
      const told: UserErasure = { ...erasure, awaited: noteAwaited(erasure.awaited, standing) }
      const kept = standing.awaited.map(({ provider }) => provider)
      const going = (await linksOf(user.id)).filter(({ provider }) => !kept.includes(provider))
      const isForgotten = going.every((link) =>
        told.providers.some(({ provider, state }) => provider === link.provider && isOver(state)),
      )
      if (!standing.isQuiet || !isForgotten)
        return await commitOrThrow(store, [run.again(later(WAIT_FOR_REVOCATIONS_MS)), ...noteChange(user, told)])
      const now = clock.now()
      const named = { clientId: user.clientId, userId: user.id }
      const scrubbing = scrub(standing)
      if (standing.awaited.length === 0) {
        const erase: Write = { kind: 'user.erase', ...named, at: now, erasure: { ...told, completedAt: now } }
        return await commitOrThrow(store, [run.finish, ...scrubbing, erase])
      }
      const leftMs = (waitsUntil(told) ?? now).getTime() - now.getTime()
      const again = run.again(later(Math.min(leftMs, LOOK_MS)))
      const isNews = going.length > 0 || user.externalId !== null
      const forgetting: Write = { kind: 'user.forget', ...named, keepLinks: kept, erasure: told }
      return await commitOrThrow(store, [again, ...scrubbing, ...(isNews ? [forgetting] : noteChange(user, told))])
    })

  const stuckOf = async (user: User): Promise<readonly StoredConsent[]> =>
    (await consentsOf(store, user.id)).filter(({ revocation }) => revocation?.state === 'NEEDS_ATTENTION')

  /** What waits for a person, or for hours, is tried at once. */
  const tryAgain = async (user: User, { claim }: Run): Promise<void> => {
    const isGivenUp = ({ state }: ProviderErasure): boolean => state === 'NEEDS_ATTENTION'
    const isStuck = user.erasure?.providers.some(isGivenUp) === true || (await stuckOf(user)).length > 0
    if (!isStuck) return await commitOrThrow(store, claim())
    const job = { kind: 'ERASE_USER', subject: user.id } as const
    // A look that is under way ends with nothing: it has either been written by now, or never is.
    await commitOrThrow(store, [...claim(), { kind: 'job.schedule', job, dueAt: later(WAIT_FOR_REVOCATIONS_MS) }])
    const [now] = await store.users.byIds('SYSTEM', [user.id])
    if (now?.erasure == null || now.erasedAt !== null) return
    for (const { id } of await stuckOf(now)) await revocations.retry(id)
    const providers = now.erasure.providers.map((one) =>
      isGivenUp(one) ? ({ ...one, state: 'IN_PROGRESS', tries: 0 } as const) : one,
    )
    await commitOrThrow(store, [
      note(now, { ...now.erasure, providers, stuckConsents: 0 }),
      { kind: 'job.schedule', job, dueAt: later(0) },
    ])
  }

  return {
    request: async (viewer, ref, requestId, run) => {
      const { touched, claim } = run
      const user = await users.find(viewer, ref, 'input', 'user')
      touched.userId = user.id
      if (user.erasure !== null) {
        await tryAgain(user, run)
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
      const standing = await stand(context, id)
      const { isCalling, open } = standing
      const stuckConsents = open.filter(({ revocation }) => revocation?.state === 'NEEDS_ATTENTION').length
      const erasure = { ...user.erasure, stuckConsents, awaited: noteAwaited(user.erasure.awaited, standing) }
      if (!standing.isQuiet) {
        const wait = !isCalling && open.length === stuckConsents ? SLOWEST_MS : WAIT_FOR_REVOCATIONS_MS
        return await commitOrThrow(store, [run.again(later(wait)), ...noteChange(user, erasure)])
      }
      const isAwaited = ({ provider }: ProviderLink): boolean =>
        standing.awaited.some((session) => session.provider === provider)
      const links = (await linksOf(id)).filter((link) => !isAwaited(link))
      const asked = await Promise.all(
        links.map((link) => {
          const known = erasure.providers.find(({ provider }) => provider === link.provider)
          return forget(link, known ?? toForget(link), run)
        }),
      )
      const others = erasure.providers.filter(({ provider }) => !asked.some((one) => one.provider === provider))
      const told = { ...erasure, providers: [...others, ...asked] }
      if (asked.some(({ state }) => !isOver(state))) {
        const wait = BACK_OFF_MS[Math.max(...asked.map(({ tries }) => tries)) - 1] ?? SLOWEST_MS
        return await commitOrThrow(store, [run.again(later(wait)), note(user, told)])
      }
      return await settle(user, told, run)
    },
  }
}
