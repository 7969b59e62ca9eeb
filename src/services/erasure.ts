import { sessionJobsDropped, updateSession } from '../domain/advance.ts'
import { type AuthSession, isFinalSession } from '../domain/auth-session.ts'
import { type Consent, isFinalConsent } from '../domain/consent.ts'
import type { ProviderErasure, UserErasure } from '../domain/erasure.ts'
import type { RequestId, UserId } from '../domain/ids.ts'
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
import type { UserRef, Users } from './users.ts'

export interface Erasures {
  /**
   * Revokes every live consent at once; the rest follows without a request. Asking again tries at once what has been given
   * up, and changes nothing else.
   */
  request(viewer: Viewer, ref: UserRef, requestId: RequestId, run: Run): Promise<readonly UserFault[]>
  /** One step of the saga: waits for the revocations and for calls under way, has the providers forget, then forgets here. */
  proceed(id: UserId, run: JobRun): Promise<void>
}

/** Real time. */
const WAIT_FOR_REVOCATIONS_MS = 2_000
const BACK_OFF_MS = [5, 30, 120, 600, 3600].map((seconds) => seconds * 1000)
const SLOWEST_MS = 6 * 3_600_000
const PAGE = 100

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

  /** What is left of a consent is when and with whom; not what it opened, nor what the provider said in words. */
  const scrubbed = (consent: Consent): Consent => ({
    ...consent,
    secrets: null,
    access: null,
    requestedAccess: { ...consent.requestedAccess, accountIds: null, permissions: [] },
    providerStatus: consent.providerStatus === null ? null : { ...consent.providerStatus, detail: null },
    version: consent.version + 1,
    updatedAt: clock.now(),
  })

  const scrubSession = (session: AuthSession): readonly Write[] => {
    const status = isFinalSession(session.status) ? session.status : 'CANCELLED'
    const empty = {
      status,
      state: {},
      nextStep: null,
      returnTo: null,
      problem: null,
      inFlight: null,
      pendingEnd: null,
    } as const
    return [updateSession(session, empty, momentOf(context)).write, ...sessionJobsDropped(session)]
  }

  const complete = async (user: User, erasure: UserErasure, finish: Write): Promise<void> => {
    const at = clock.now()
    const done: UserErasure = { ...erasure, completedAt: at, stuckConsents: 0 }
    await untilCommitted(async () => {
      const consents = (await allConsents(user.id)).map((consent): Write => ({
        kind: 'consent.update',
        consent: scrubbed(consent),
      }))
      await commitOrThrow(store, [
        finish,
        ...consents,
        ...(await allSessions(user.id)).flatMap(scrubSession),
        { kind: 'user.erase', clientId: user.clientId, userId: user.id, at, erasure: done },
      ])
    })
  }

  const note = (user: User, erasure: UserErasure): Write => ({
    kind: 'user.erasing',
    clientId: user.clientId,
    userId: user.id,
    erasure,
  })

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
      if (user == null || user.erasure === null || user.erasedAt !== null) return commitOrThrow(store, [run.finish])
      await revokeAll(id)
      // Before the consents: what a call brings is written with its end.
      const isCalling = (await allSessions(id)).some(({ inFlight }) => inFlight !== null)
      const consents = await allConsents(id)
      const open = consents.filter(({ revocation }) => revocation !== null && revocation.state !== 'CONFIRMED')
      const stuckConsents = open.filter(({ revocation }) => revocation?.state === 'NEEDS_ATTENTION').length
      const erasure = { ...user.erasure, stuckConsents }
      if (isCalling || open.length > 0) {
        const wait = !isCalling && open.length === stuckConsents ? SLOWEST_MS : WAIT_FOR_REVOCATIONS_MS
        return commitOrThrow(store, [run.again(later(wait)), note(user, erasure)])
      }
      const links = await linksOf(id)
      const providers = await Promise.all(
        links.map((link) => {
          const fresh = { provider: link.provider, state: 'IN_PROGRESS', lastProblem: null, tries: 0 } as const
          return forget(link, erasure.providers.find(({ provider }) => provider === link.provider) ?? fresh, run)
        }),
      )
      const told = { ...erasure, providers }
      if (providers.every(({ state }) => state === 'COMPLETED' || state === 'NOT_SUPPORTED')) {
        return complete(user, told, run.finish)
      }
      const wait = BACK_OFF_MS[Math.max(...providers.map(({ tries }) => tries)) - 1] ?? SLOWEST_MS
      return commitOrThrow(store, [run.again(later(wait)), note(user, told)])
    },
  }
}
