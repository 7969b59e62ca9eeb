import { isFinalSession, type AuthSession } from '../domain/auth-session.ts'
import type { Consent } from '../domain/consent.ts'
import { hasExpired } from '../domain/expiry.ts'
import type { ClientId } from '../domain/ids.ts'
import { FIRST_POLL_MS, observe } from '../domain/observe.ts'
import type { ProviderObservation, WebhookRequest } from '../domain/provider.ts'
import type { ProviderId } from '../domain/provider-id.ts'
import type { IdempotencyRecord } from '../domain/idempotency.ts'
import type { Write } from '../domain/store.ts'
import { CommitConflict, commitOrThrow, untilCommitted } from './commit.ts'
import { momentOf, type ServiceContext } from './context.ts'
import { supersede } from './succession.ts'

export interface Webhooks {
  /**
   * Takes what a provider sends by itself. A message is taken once, in whatever order it comes.
   *
   * @returns false where no provider of that name sends webhooks
   * @throws GatewayError UNAUTHENTICATED where the signature does not fit, PROVIDER_CONTRACT_VIOLATION
   */
  receive(optionsName: string, request: Omit<WebhookRequest, 'receivedAt'>): Promise<boolean>
}

const RECENT_SESSIONS = 20

export const createWebhooks = (context: ServiceContext): Webhooks => {
  const { store, connectors } = context

  const claimOf = (clientId: ClientId, provider: ProviderId, { messageId }: ProviderObservation): Write => {
    const record: IdempotencyRecord = {
      clientId,
      userId: null,
      operation: `webhook ${provider}`,
      key: messageId,
      fingerprint: messageId,
      state: 'DONE',
      runningUntil: new Date(),
      result: { userId: null, consentId: null, authSessionId: null, userErrors: [] },
      createdAt: new Date(),
    }
    return { kind: 'idempotency.claim', record }
  }

  const learn = async (consent: Consent, { consent: said }: ProviderObservation): Promise<readonly Write[]> => {
    const moment = momentOf(context)
    // Some providers send one word for withdrawn and run out; the date tells.
    const ranOut = said.status === 'REVOKED' && hasExpired(consent, moment.now)
    const news = ranOut
      ? ({ status: 'EXPIRED', reason: 'VALIDITY_ENDED', source: 'WEBHOOK', said } as const)
      : ({ status: said.status, reason: said.reason, source: 'WEBHOOK', said } as const)
    const change = observe(consent, news, moment)
    return [...(await supersede(context, consent, change.consent)), ...change.writes]
  }

  /** The attempts that the news may be about: those of the same person at the same institution, newest first. */
  const sessionsMeant = async (
    provider: ProviderId,
    observation: ProviderObservation,
  ): Promise<readonly AuthSession[]> => {
    const link = observation.userRef === null ? null : await store.links.byRef(provider, observation.userRef)
    if (link === null) return []
    const page = await store.sessions.pageOfUser('SYSTEM', link.userId, { first: RECENT_SESSIONS, after: null })
    const isMeant = (session: AuthSession): boolean =>
      session.provider === provider &&
      (observation.institutionRef === null ||
        session.institutionRef === null ||
        session.institutionRef === observation.institutionRef)
    return page.rows.filter(isMeant)
  }

  const isOpen = ({ status }: AuthSession): boolean => !isFinalSession(status)

  /** Not where a call is under way: it brings the news itself, and looked at meanwhile it would seem to be lost. */
  const ask = (sessions: readonly AuthSession[]): readonly Write[] =>
    sessions
      .filter((session) => isOpen(session) && session.inFlight === null)
      .map(({ id }) => ({
        kind: 'job.schedule',
        job: { kind: 'RECONCILE_SESSION', subject: id },
        dueAt: new Date(),
      }))

  /** A message that changes no status may tell of particulars that it does not name: its provider is asked soon. */
  const lookAgain = (
    { id, status, authorizedAt }: Consent,
    { consent: said }: ProviderObservation,
  ): readonly Write[] => {
    const isNew = authorizedAt === null || context.clock.now().getTime() - authorizedAt.getTime() < FIRST_POLL_MS
    if (status !== 'AUTHORIZED' || said.status !== 'AUTHORIZED' || isNew) return []
    return [{ kind: 'job.schedule', job: { kind: 'POLL_CONSENT', subject: id }, dueAt: new Date() }]
  }

  /** A consent that no row owns comes of an attempt: an open one asks its provider, one that has ended takes it back. */
  const learnUnowned = async (
    provider: ProviderId,
    meant: readonly AuthSession[],
    observation: ProviderObservation,
  ): Promise<readonly Write[]> => {
    if (meant.some(isOpen)) return ask(meant)
    const consents = await store.consents.byIds(
      'SYSTEM',
      meant.map(({ consentId }) => consentId),
    )
    const unseen = consents.find(
      (consent) => consent !== null && consent.providerConsentId === null && consent.authorizedAt === null,
    )
    if (unseen != null) return await learn(unseen, observation)
    context.report('webhook.unmatched', { provider })
    return []
  }

  const learnOwned = async (
    owner: Consent,
    meant: readonly AuthSession[],
    observation: ProviderObservation,
  ): Promise<readonly Write[]> => [
    ...(await learn(owner, observation)),
    ...lookAgain(owner, observation),
    ...ask(meant),
  ]

  const take = async (provider: ProviderId, observation: ProviderObservation): Promise<void> =>
    await untilCommitted(async () => {
      const id = observation.consent.providerConsentId
      const [owner] = id === null ? [null] : await store.consents.byProviderConsentIds(provider, [id])
      const meant = await sessionsMeant(provider, observation)
      // Nobody's: nothing to note, so that it may come again.
      const clientId = owner?.clientId ?? meant[0]?.clientId
      if (clientId === undefined) return context.report('webhook.unmatched', { provider })
      const writes =
        owner == null ? await learnUnowned(provider, meant, observation) : await learnOwned(owner, meant, observation)
      await commitOrThrow(store, [claimOf(clientId, provider, observation), ...writes])
    })

  return {
    receive: async (optionsName, request) => {
      const connector = connectors.all().find(({ connector: one }) => one.optionsName === optionsName)?.connector
      if (connector?.decodeWebhook === undefined) return false
      for (const observation of await connector.decodeWebhook({ ...request, receivedAt: context.clock.now() })) {
        try {
          await take(connector.id, observation)
        } catch (error) {
          // Delivered before: it was taken then.
          if (!(error instanceof CommitConflict)) throw error
        }
      }
      return true
    },
  }
}
