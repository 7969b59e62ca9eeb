import { endSession } from '../domain/advance.ts'
import { type AuthSession, isFinalSession } from '../domain/auth-session.ts'
import { type Consent, type ConsentStatusReason, isFinalConsent, type Revocation } from '../domain/consent.ts'
import { GatewayError } from '../domain/errors.ts'
import { type ConsentId, isId, type RequestId } from '../domain/ids.ts'
import { askRevocation, awaitCall, isAwaitingCall, nothingToRevoke, observe } from '../domain/observe.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { ConsentKey, ProviderConsent, PsuContext } from '../domain/provider.ts'
import type { Scope, Write } from '../domain/store.ts'
import type { UserFault } from '../domain/user-fault.ts'
import { scopeOf, type Viewer } from '../domain/viewer.ts'
import { CommitConflict, commitOrThrow, untilCommitted } from './commit.ts'
import { callWithin, connectorOf, linkedUser, toConsentKey } from './connectors.ts'
import { momentOf, type ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'
import type { Run } from './idempotency.ts'

/** Waits between tries, real time: about two days in all. After the last, a person must look: NEEDS_ATTENTION. */
const BACK_OFF_MS = [5, 15, 60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600].map(
  (seconds) => seconds * 1000,
)

export interface Revocations {
  /** Refuses the consent at once, then tells the provider; what does not get through is tried again by the saga. */
  revoke(
    viewer: Viewer,
    input: { readonly consentId: string; readonly psu: PsuContext | null },
    requestId: RequestId,
    run: Run,
  ): Promise<readonly UserFault[]>
  /** Tries again now what has been given up; anything else is left alone. */
  retry(id: ConsentId): Promise<void>
  /** Refuses the consent at once and leaves the provider to the saga. */
  refuse(id: ConsentId, reason: ConsentStatusReason): Promise<void>
  /** One try of the saga. Harmless when nothing is to be taken back, or when two try at once: a second revoke finds it ended. */
  attempt(id: ConsentId, psu: PsuContext | null, requestId: RequestId, also?: readonly Write[]): Promise<Consent | null>
}

const nextTry = (attempts: number, retryAt: Date | null): Date | null => {
  const wait = BACK_OFF_MS[attempts - 1]
  if (wait === undefined) return null
  const jittered = Date.now() + wait * (0.8 + Math.random() * 0.4)
  return new Date(Math.max(jittered, retryAt?.getTime() ?? 0))
}

export const createRevocations = (context: ServiceContext): Revocations => {
  const { store, connectors, settings } = context

  const read = async (scope: Scope, id: ConsentId): Promise<Consent | null> =>
    (await store.consents.byIds(scope, [id]))[0] ?? null

  const revokeJob = (id: ConsentId) => ({ kind: 'REVOKE', subject: id }) as const

  /** For when a request or a call to the provider that is under way now will have ended. */
  const takeOverAt = (): Date => new Date(Date.now() + settings.providerCallMs + 1000)

  const sessionOf = async ({ currentSessionId }: Consent): Promise<AuthSession | null> =>
    currentSessionId === null ? null : ((await store.sessions.byIds('SYSTEM', [currentSessionId]))[0] ?? null)

  /** Can a call that is under way bring a provider consent that is not known yet? */
  const mayBringAnother = async (consent: Consent): Promise<boolean> => {
    const inFlight = (await sessionOf(consent))?.inFlight ?? null
    return inFlight === 'RESEND' || (inFlight !== null && consent.providerConsentId === null)
  }

  /**
   * Takes the outcome of a try, whoever changed the consent meanwhile; where it is another one at the provider by now,
   * the outcome says nothing of that.
   */
  const settle = (
    tried: Consent,
    also: readonly Write[],
    decide: (consent: Consent, revocation: Revocation) => readonly Write[] | Promise<readonly Write[]>,
  ): Promise<void> =>
    untilCommitted(async () => {
      const consent = await read('SYSTEM', tried.id)
      const isSame = consent?.providerConsentId === tried.providerConsentId
      if (consent?.revocation?.state !== 'PROVIDER_PENDING' || !isSame) return await commitOrThrow(store, also)
      return await commitOrThrow(store, [...also, ...(await decide(consent, consent.revocation))])
    })

  /** Only the row that owns a provider consent may delete it: a renewal can share it with the one it renews. */
  const belongsToAnother = async (consent: Consent, { providerConsentId }: ConsentKey): Promise<boolean> => {
    const [owner] = await store.consents.byProviderConsentIds(consent.provider, [providerConsentId])
    return owner != null && owner.id !== consent.id && !isFinalConsent(owner.status)
  }

  const nothingLeft = (consent: Consent, revocation: Revocation): readonly Write[] => {
    const moment = momentOf(context)
    const confirmed = { ...revocation, state: 'CONFIRMED', nextAttemptAt: null, confirmedAt: moment.now } as const
    const news = { status: consent.status, reason: null, source: 'REVOKE', said: null } as const
    return [
      ...observe(consent, news, moment, { revocation: confirmed }).writes,
      { kind: 'job.drop', job: revokeJob(consent.id) },
    ]
  }

  const confirm = (tried: Consent, also: readonly Write[], said: ProviderConsent): Promise<void> =>
    settle(tried, also, async (consent, revocation) => {
      const moment = momentOf(context)
      const told = { ...revocation, attempts: revocation.attempts + 1, nextAttemptAt: null, lastProblem: null }
      const isLast = !(await mayBringAnother(consent))
      const next: Revocation = isLast ? { ...told, state: 'CONFIRMED', confirmedAt: moment.now } : told
      const news = { status: said.status, reason: said.reason, source: 'REVOKE', said } as const
      const job = revokeJob(consent.id)
      return [
        ...observe(consent, news, moment, { revocation: next }).writes,
        isLast ? { kind: 'job.drop', job } : { kind: 'job.schedule', job, dueAt: takeOverAt() },
      ]
    })

  const postpone = (tried: Consent, also: readonly Write[], error: unknown, requestId: RequestId): Promise<void> =>
    settle(tried, also, (consent, revocation) => {
      const fault = toGatewayError(error)
      const attempts = revocation.attempts + 1
      const nextAttemptAt = nextTry(attempts, fault.retryAt)
      const next: Revocation = {
        ...revocation,
        state: nextAttemptAt === null ? 'NEEDS_ATTENTION' : 'PROVIDER_PENDING',
        attempts,
        nextAttemptAt,
        lastProblem: toProblemReport(fault, requestId),
      }
      const news = { status: consent.status, reason: null, source: 'REVOKE', said: null } as const
      return [
        ...observe(consent, news, momentOf(context), { revocation: next }).writes,
        nextAttemptAt === null
          ? { kind: 'job.drop', job: revokeJob(consent.id) }
          : { kind: 'job.schedule', job: revokeJob(consent.id), dueAt: nextAttemptAt },
      ]
    })

  const attempt: Revocations['attempt'] = async (id, psu, requestId, also = []) => {
    const consent = await read('SYSTEM', id)
    if (consent?.revocation?.state !== 'PROVIDER_PENDING') {
      await commitOrThrow(store, also)
      return consent
    }
    if (isAwaitingCall(consent.revocation)) {
      const job = { kind: 'job.schedule', job: revokeJob(id), dueAt: takeOverAt() } as const
      if (await mayBringAnother(consent)) await commitOrThrow(store, [...also, job])
      else await settle(consent, also, (current, revocation) => nothingLeft(current, revocation))
      return await read('SYSTEM', id)
    }
    const key = toConsentKey(consent, await linkedUser(store, consent))
    if (key === null || (await belongsToAnother(consent, key))) {
      await settle(consent, also, (current, revocation) => nothingLeft(current, revocation))
      return await read('SYSTEM', id)
    }
    try {
      const connector = connectorOf(connectors, consent.provider)
      await confirm(consent, also, await connector.revoke(key, psu, callWithin(settings.providerCallMs, requestId)))
    } catch (error) {
      if (error instanceof CommitConflict) throw error
      context.report('revocation.failed', { consentId: id, requestId, code: toGatewayError(error).code }, error)
      await postpone(consent, also, error, requestId)
    }
    return await read('SYSTEM', id)
  }

  /** The session that is still open for it ends with the consent. */
  const endOpenSession = async (consent: Consent): Promise<readonly Write[]> => {
    const session = await sessionOf(consent)
    if (session === null || isFinalSession(session.status)) return []
    return endSession({ session, consent }, { status: 'CANCELLED' }, momentOf(context))
  }

  const refusal = async (
    consent: Consent,
    reason: ConsentStatusReason,
    firstTryAt: Date,
  ): Promise<readonly Write[]> => {
    const moment = momentOf(context)
    const isKnown = consent.providerConsentId !== null
    const unknown = (await mayBringAnother(consent)) ? awaitCall(moment.now) : nothingToRevoke(moment.now)
    const revocation = isKnown ? askRevocation(moment.now) : unknown
    const news = { status: 'REVOKED', reason, source: 'REVOKE', said: null } as const
    const dueAt = isKnown ? firstTryAt : takeOverAt()
    const job: Write = { kind: 'job.schedule', job: revokeJob(consent.id), dueAt }
    return [
      ...observe(consent, news, moment, { revocation }).writes,
      ...(revocation.state === 'PROVIDER_PENDING' ? [job] : []),
      ...(await endOpenSession(consent)),
    ]
  }

  const askAgain = (consent: Consent, dueAt: Date): readonly Write[] => {
    const moment = momentOf(context)
    const news = { status: consent.status, reason: null, source: 'REVOKE', said: null } as const
    return [
      ...observe(consent, news, moment, { revocation: askRevocation(moment.now) }).writes,
      { kind: 'job.schedule', job: revokeJob(consent.id), dueAt },
    ]
  }

  return {
    attempt,

    retry: (id) =>
      untilCommitted(async () => {
        const consent = await read('SYSTEM', id)
        if (consent?.revocation?.state !== 'NEEDS_ATTENTION') return
        await commitOrThrow(store, askAgain(consent, new Date()))
      }),

    refuse: (id, reason) =>
      untilCommitted(async () => {
        const consent = await read('SYSTEM', id)
        if (consent === null || isFinalConsent(consent.status)) return
        await commitOrThrow(store, await refusal(consent, reason, new Date()))
      }),

    revoke: async (viewer, input, requestId, { touched, claim }) => {
      const path = ['input', 'consentId'] as const
      await untilCommitted(async () => {
        const consent = isId('con', input.consentId) ? await read(scopeOf(viewer), input.consentId) : null
        if (consent === null) throw new GatewayError('NOT_FOUND', { message: 'No such consent.', path })
        touched.consentId = consent.id
        touched.userId = consent.userId
        if (consent.revocation?.state === 'NEEDS_ATTENTION')
          return await commitOrThrow(store, [...claim(), ...askAgain(consent, takeOverAt())])
        if (isFinalConsent(consent.status)) return await commitOrThrow(store, claim())
        const reason = viewer.user === null ? 'REVOKED_BY_CLIENT' : 'REVOKED_BY_USER'
        // The request itself makes the first try; the saga takes over should this process die.
        return await commitOrThrow(store, [...claim(), ...(await refusal(consent, reason, takeOverAt()))])
      })
      if (touched.consentId !== null) await attempt(touched.consentId, input.psu, requestId)
      return []
    },
  }
}
