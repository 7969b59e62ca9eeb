import DataLoader from 'dataloader'
import { allOf } from '../domain/all-of.ts'
import { type Consent, isFinalConsent } from '../domain/consent.ts'
import { GatewayError } from '../domain/errors.ts'
import { hasExpired } from '../domain/expiry.ts'
import type { ConsentId, RequestId, UserId } from '../domain/ids.ts'
import { type ObservedChange, observe } from '../domain/observe.ts'
import { toProblemReport } from '../domain/problem.ts'
import type { CallContext, ProviderConsent } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import { type ConsentView, outcomeOf, type SourceReport } from '../domain/source.ts'
import type { Observation, ProviderLink, StoredConsent, Write } from '../domain/store.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import { linkedUsers, type ReadLinks, toConsentKey } from './connectors.ts'
import { momentOf, type ServiceContext } from './context.ts'
import { toGatewayError } from './fault.ts'
import { supersede } from './succession.ts'

export interface Reading {
  /** As stored, ended first where its time has passed: every reader sees the same end. */
  settle(consent: StoredConsent): StoredConsent | Promise<StoredConsent>
  /** What is stored, without asking anybody. */
  stored(consent: StoredConsent): ConsentView
  /** Is what is stored older than the reader accepts, and could the provider know better? */
  needsRefresh(consent: StoredConsent, maxAgeMs: number): boolean
  /** Asks one provider about several consents at once, within one deadline. Same order and length; never rejects. */
  refresh(provider: ProviderId, consents: readonly StoredConsent[], call: CallContext): Promise<readonly ConsentView[]>
  /** The clock job: ends the consent if it has run out. */
  expire(id: ConsentId, also?: readonly Write[]): Promise<void>
}

/** What a listed consent must be to be worth a call: alive, and known to the provider. */
const isReadable = (consent: Consent): boolean => !isFinalConsent(consent.status) && consent.providerConsentId !== null

export const createReading = (context: ServiceContext): Reading => {
  const { store, connectors, clock } = context
  /** The providers of a person are asked at the same time: one look for all of them. Nothing is kept. */
  const linksOf = new DataLoader<UserId, readonly ProviderLink[]>((ids) => store.links.byUsers('SYSTEM', ids), {
    cache: false,
  })
  const readLinks: ReadLinks = (ids) => Promise.all(ids.map((id) => linksOf.load(id)))

  const readOne = async (id: ConsentId): Promise<StoredConsent> => {
    const [consent] = await store.consents.byIds('SYSTEM', [id])
    if (consent === null || consent === undefined)
      throw new GatewayError('INTERNAL', { cause: new Error(`${id} is gone`) })
    return consent
  }

  /** An authorization that waits for what has ended has ended too. */
  const openSessionEnds = (before: Consent, { status, currentSessionId }: Consent): readonly Write[] => {
    if (currentSessionId === null || before.status === 'AUTHORIZED' || !isFinalConsent(status)) return []
    return [{ kind: 'job.schedule', job: { kind: 'EXPIRE_SESSION', subject: currentSessionId }, dueAt: clock.now() }]
  }

  const expire = async (id: ConsentId, also: readonly Write[] = []): Promise<void> =>
    await untilCommitted(async () => {
      const consent = await readOne(id)
      const news = { status: 'EXPIRED', reason: 'VALIDITY_ENDED', source: 'CLOCK', said: null } as const
      const change = hasExpired(consent, clock.now()) ? observe(consent, news, momentOf(context)) : null
      const ended = change === null ? [] : [...change.writes, ...openSessionEnds(consent, change.consent)]
      await commitOrThrow(store, [...also, ...ended])
    })

  const report = (
    { provider, seenAt }: StoredConsent,
    outcome: SourceReport['outcome'],
    observedAt = seenAt,
  ): SourceReport => ({
    provider,
    outcome,
    observedAt,
    stale: false,
    problem: null,
  })

  const fallBack = (consent: StoredConsent, fault: GatewayError, requestId: RequestId): ConsentView => ({
    consent,
    source: { ...report(consent, outcomeOf(fault)), stale: true, problem: toProblemReport(fault, requestId) },
  })

  const learnFrom = (consent: StoredConsent, said: ProviderConsent): ObservedChange =>
    observe(consent, { status: said.status, reason: said.reason, source: 'READ', said }, momentOf(context))

  /** A new code can be a new consent at the provider, and the end of the one before. */
  const isBeingReplaced = async (
    { status, currentSessionId }: StoredConsent,
    said: ProviderConsent,
  ): Promise<boolean> => {
    const ends = status !== 'AUTHORIZED' && said.status !== null && isFinalConsent(said.status)
    if (!ends || currentSessionId === null) return false
    const [session] = await store.sessions.byIds('SYSTEM', [currentSessionId])
    return session?.inFlight === 'RESEND'
  }

  let noted: Promise<void> | null = null
  /** Confirmed as it stands: the reader need not wait until that is noted down. What is noted together fails together, and is reported once. */
  const note = (observation: Observation, seenAt: Date): void => {
    const landing = store.confirm(observation, seenAt)
    if (landing === noted) return
    noted = landing
    landing.catch((error: unknown) =>
      context.report('reading.note.failed', { consentId: observation.consentId }, error),
    )
  }

  const take = async (read: StoredConsent, said: ProviderConsent): Promise<StoredConsent> => {
    await untilCommitted(async () => {
      const consent = await readOne(read.id)
      // What was asked about is another one at the provider by now, or just being replaced: whoever does it knows more.
      if (consent.providerConsentId !== read.providerConsentId || (await isBeingReplaced(consent, said))) return
      const change = learnFrom(consent, said)
      const ends = openSessionEnds(consent, change.consent)
      await commitOrThrow(store, [...(await supersede(context, consent, change.consent)), ...change.writes, ...ends])
    })
    return await readOne(read.id)
  }

  /** Null where something is to be stored before the reader may have it. */
  const confirm = (read: StoredConsent, said: ProviderConsent): ConsentView | null => {
    const now = clock.now()
    if (hasExpired(read, now)) return null
    const { consent, observation } = learnFrom(read, said)
    if (consent !== read) return null
    note(observation, now)
    return { consent: read, source: report(read, 'LIVE', now) }
  }

  const end = async ({ id }: StoredConsent): Promise<StoredConsent> => {
    await expire(id)
    return await readOne(id)
  }

  const settle: Reading['settle'] = (consent) => (hasExpired(consent, clock.now()) ? end(consent) : consent)

  const learn = async (read: StoredConsent, said: ProviderConsent): Promise<ConsentView> => {
    const learned = await settle(await take(read, said))
    return { consent: learned, source: report(learned, 'LIVE') }
  }

  const refresh: Reading['refresh'] = async (provider, consents, call) => {
    const connected = connectors.find(provider)
    if (connected === null) {
      return consents.map((consent) => ({ consent, source: { ...report(consent, 'NOT_CONFIGURED'), stale: true } }))
    }
    const hasUsers = connected.connector.ensureUser !== undefined
    const users = hasUsers ? await linkedUsers(readLinks, consents) : []
    const keys = consents.map((consent, index) => toConsentKey(consent, users[index] ?? null))
    const known = keys.flatMap((key) => key ?? [])
    const answers = await connected.connector
      .readConsents(known, call)
      .catch((error: unknown) => known.map(() => toGatewayError(error)))
    const learnOrFallBack = (consent: StoredConsent, said: ProviderConsent): ConsentView | Promise<ConsentView> => {
      const orStored = (error: unknown): ConsentView => fallBack(consent, toGatewayError(error), call.requestId)
      try {
        return confirm(consent, said) ?? learn(consent, said).catch(orStored)
      } catch (error) {
        return orStored(error)
      }
    }
    let next = 0
    const views = consents.map((consent, index): ConsentView | Promise<ConsentView> => {
      // Only those with a key were asked about, in this order.
      const answer = keys[index] === null ? undefined : answers[next++]
      if (answer === undefined) return { consent, source: report(consent, 'CACHED') }
      if (answer instanceof GatewayError) return fallBack(consent, answer, call.requestId)
      return learnOrFallBack(consent, answer)
    })
    const settled = allOf(views)
    return settled instanceof Promise ? await settled : settled
  }

  return {
    settle,
    expire,
    refresh,

    stored: (consent) => ({
      consent,
      source: report(consent, connectors.find(consent.provider) === null ? 'NOT_CONFIGURED' : 'CACHED'),
    }),

    needsRefresh: (consent, maxAgeMs) =>
      isReadable(consent) && (consent.seenAt === null || clock.now().getTime() - consent.seenAt.getTime() >= maxAgeMs),
  }
}
