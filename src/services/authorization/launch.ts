import { createHash, randomBytes } from 'node:crypto'
import { type AuthSession, isFinalSession, isSamePlace } from '../../domain/auth-session.ts'
import type { Consent } from '../../domain/consent.ts'
import type { RequestId, WebhookEndpointId } from '../../domain/ids.ts'
import { eventOf } from '../../domain/observe.ts'
import type { ProviderConnector, ProviderUser, StartRequest } from '../../domain/provider.ts'
import type { ProviderId } from '../../domain/provider-id.ts'
import type { User, Write } from '../../domain/store.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { resolveValidity } from '../../domain/validity.ts'
import type { Viewer } from '../../domain/viewer.ts'
import { commitOrThrow } from '../commit.ts'
import { callWithin, linkedUser, toConsentKey } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import { type Run, toUserFault } from '../idempotency.ts'
import type { Attempts } from './attempts.ts'
import { type StartInput, toRequestedAccess } from './input.ts'
import { createEnsureProviderUser } from './provider-users.ts'
import { checkReturnTo } from './return-to.ts'
import { checkNotErasing } from '../users.ts'
import { checkCapabilities, type Target } from './target.ts'

/** The reconciler looks at a start that never came back this long after its deadline, real time. */
const RECONCILE_AFTER_MS = 5_000
/** Older ones have run out. */
const RECENT_SESSIONS = 20
/** After an answer is known to be lost there is nothing to wait for but the provider's own settling. */
export const RECONCILE_SOON_MS = 2_000

export const hashState = (state: string): string => createHash('sha256').update(state).digest('hex')

export interface Launch {
  readonly user: User
  readonly target: Target
  readonly input: Pick<StartInput, 'access' | 'psu' | 'returnTo' | 'supportedSteps' | 'providerOptions'>
  /** The consent that this one renews. */
  readonly renews: Consent | null
  /** Where events of the consent go besides. */
  readonly webhookEndpointId: WebhookEndpointId | null
}

/** Stores the attempt, then calls the provider, then stores its answer: a process that dies between leaves a name for it. */
export type LaunchAuthorization = (
  viewer: Viewer,
  launch: Launch,
  requestId: RequestId,
  run: Run,
) => Promise<readonly UserFault[]>

export const createLaunch = (context: ServiceContext, attempts: Attempts): LaunchAuthorization => {
  const { store, settings } = context

  const ensureProviderUser = createEnsureProviderUser(context)

  const openAttempt = (
    viewer: Viewer,
    user: User,
    provider: ProviderId,
    request: StartRequest,
    webhookEndpointId: Launch['webhookEndpointId'],
    draft: AuthSession['state'],
  ): { readonly session: AuthSession; readonly consent: Consent; readonly writes: readonly Write[] } => {
    const moment = momentOf(context)
    const { now } = moment
    const owner = { clientId: viewer.client.id, userId: user.id, provider, institutionRef: request.institutionRef }
    const consent: Consent = {
      ...owner,
      id: request.consentId,
      status: 'INITIATED',
      statusReason: null,
      providerStatus: null,
      version: 1,
      providerConsentId: null,
      secrets: null,
      requestedAccess: request.access,
      access: null,
      createdAt: now,
      updatedAt: now,
      authorizedAt: null,
      expiresAt: null,
      revokedAt: null,
      renewedFrom: request.renews?.consentId ?? null,
      supersededBy: null,
      revocation: null,
      currentSessionId: request.sessionId,
      webhookEndpointId,
    }
    const session: AuthSession = {
      ...owner,
      id: request.sessionId,
      consentId: consent.id,
      status: 'PENDING',
      version: 1,
      frames: 0,
      nextStep: null,
      problem: null,
      createdAt: now,
      updatedAt: now,
      expiresAt: new Date(now.getTime() + settings.sessionLifetimeMs),
      returnTo: request.returnTo,
      inFlight: 'START',
      pendingEnd: null,
      state: draft,
      stateHash: hashState(request.state),
    }
    const started = {
      type: 'ConsentStatusChanged',
      from: null,
      to: 'INITIATED',
      reason: null,
      providerStatus: null,
    } as const
    const observation = {
      consentId: consent.id,
      at: now,
      source: 'START',
      providerRaw: null,
      from: null,
      to: 'INITIATED',
      applied: true,
      rule: 'APPLIED',
    } as const
    return {
      session,
      consent,
      writes: [
        { kind: 'consent.insert', consent },
        { kind: 'session.insert', session },
        { kind: 'observation.append', observation },
        eventOf(consent, started, moment),
        { kind: 'job.schedule', job: { kind: 'EXPIRE_SESSION', subject: session.id }, dueAt: session.expiresAt },
        {
          kind: 'job.schedule',
          job: { kind: 'RECONCILE_SESSION', subject: session.id },
          dueAt: new Date(Date.now() + settings.providerCallMs + RECONCILE_AFTER_MS),
        },
      ],
    }
  }

  /** The last look while there is no other attempt that a grant could be of: the callback may have been lost. */
  const lookOnce = async (
    { id, state, inFlight }: AuthSession,
    connector: ProviderConnector,
    requestId: RequestId,
  ): Promise<void> => {
    if (inFlight !== null) return
    try {
      const step = await connector.status(state, callWithin(settings.providerCallMs, requestId))
      if (step.consent?.status === 'AUTHORIZED') await attempts.take(id, step, 'POLL')
    } catch (error) {
      context.report('authorization.look.failed', { sessionId: id, requestId, code: toGatewayError(error).code }, error)
    }
  }

  /** Whoever starts anew has left the earlier attempt; of several that start at once, the newest stays. */
  const endOlderAttempts = async (
    session: AuthSession,
    connector: ProviderConnector,
    requestId: RequestId,
  ): Promise<void> => {
    const page = await store.sessions.pageOfUser('SYSTEM', session.userId, { first: RECENT_SESSIONS, after: null })
    const open = page.rows.filter((other) => !isFinalSession(other.status) && isSamePlace(other, session))
    for (const older of open.slice(1)) {
      await lookOnce(older, connector, requestId)
      await attempts.abandon(older.id)
    }
  }

  const settleFault = async (session: AuthSession, error: unknown, requestId: RequestId): Promise<UserFault> => {
    const fault = toGatewayError(error)
    if (fault.code === 'STORE_UNAVAILABLE') throw fault
    context.report('authorization.start.failed', { provider: session.provider, code: fault.code, requestId }, error)
    const job = { kind: 'RECONCILE_SESSION', subject: session.id } as const
    if (fault.code === 'OUTCOME_UNKNOWN') {
      const dueAt = new Date(Date.now() + RECONCILE_SOON_MS)
      await commitOrThrow(store, [{ kind: 'job.schedule', job, dueAt }])
    } else {
      await attempts.fail(session.id, fault, requestId, [{ kind: 'job.drop', job }])
    }
    const userFault = toUserFault(fault, requestId)
    if (userFault === null) throw fault
    return userFault
  }

  const toRequest = (
    { user, target: { connector, institution }, input, renews }: Launch,
    renewsUser: ProviderUser | null,
  ): StartRequest => {
    const { now } = momentOf(context)
    const { capabilities } = connector
    const bounds = {
      maxSeconds: institution?.maxConsentSeconds ?? capabilities.maxConsentSeconds,
      marginSeconds: capabilities.validityMarginSeconds,
      selectable: capabilities.validitySelection,
    }
    const validUntil = resolveValidity(input.access.validity, bounds, now)
    return {
      sessionId: context.ids.next('aus'),
      consentId: context.ids.next('con'),
      userId: user.id,
      user: renewsUser,
      institutionRef: institution?.ref ?? renews?.institutionRef ?? null,
      access: toRequestedAccess(input.access, now, validUntil),
      validUntil,
      now,
      psu: input.psu,
      supportedSteps: input.supportedSteps,
      callbackUrl: `${settings.publicUrl()}/callback/${connector.optionsName}`,
      state: randomBytes(32).toString('base64url'),
      returnTo: input.returnTo,
      options: input.providerOptions?.options ?? null,
      renews: renews === null ? null : toConsentKey(renews, renewsUser),
    }
  }

  /** Institutions may have taken seconds to list: an erasure can have begun meanwhile. */
  const requireUser = async ({ id }: User): Promise<void> => {
    const [user] = await store.users.byIds('SYSTEM', [id])
    if (user != null) checkNotErasing(user)
  }

  return async (viewer, launch, requestId, { touched, claim }) => {
    const { user, target, input, renews } = launch
    const { connector } = target
    checkCapabilities(input, target)
    const ownAddress = `${settings.publicUrl()}${settings.popupReturnPath}`
    const returnTo = input.returnTo === null ? null : checkReturnTo(viewer.client, input.returnTo, ownAddress)
    const request = toRequest(
      { ...launch, input: { ...input, returnTo } },
      renews === null ? null : await linkedUser(store, renews),
    )
    const draft = connector.prepare(request)
    const { session, consent, writes } = openAttempt(
      viewer,
      user,
      connector.id,
      request,
      launch.webhookEndpointId,
      draft,
    )
    touched.consentId = consent.id
    touched.authSessionId = session.id
    await requireUser(user)
    await commitOrThrow(store, [...claim(), ...writes])
    if (connector.capabilities.exclusiveAttempts === true) await endOlderAttempts(session, connector, requestId)
    try {
      // Either this sees the erasure, or the erasure sees the attempt and waits for it.
      await requireUser(user)
      // One time for both: after it, the reconciler names the session.
      const call = callWithin(settings.providerCallMs, requestId)
      const providerUser = await ensureProviderUser(connector, user, call)
      const step = await connector.start({ ...request, user: providerUser }, draft, call)
      await attempts.takeStart({ session, consent }, step)
      return []
    } catch (error) {
      return [await settleFault(session, error, requestId)]
    }
  }
}
