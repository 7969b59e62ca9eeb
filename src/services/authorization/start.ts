import { randomBytes, createHash } from 'node:crypto'
import type { AuthSession } from '../../domain/auth-session.ts'
import type { Consent } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import { parseInstitutionId } from '../../domain/institution.ts'
import type { RequestId } from '../../domain/ids.ts'
import { eventOf } from '../../domain/observe.ts'
import type { ProviderConnector, ProviderUser, StartRequest } from '../../domain/provider.ts'
import type { ProviderId } from '../../domain/provider-id.ts'
import type { User, Write } from '../../domain/store.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { resolveValidity } from '../../domain/validity.ts'
import type { Viewer } from '../../domain/viewer.ts'
import { commitOrThrow } from '../commit.ts'
import { callWithin, connectorOf, linkedUser } from '../connectors.ts'
import { momentOf, type ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'
import { type Run, toUserFault } from '../idempotency.ts'
import type { Institutions, ListedInstitution } from '../institutions.ts'
import type { Users } from '../users.ts'
import type { Attempts } from './attempts.ts'
import { type StartInput, toRequestedAccess } from './input.ts'
import { checkReturnTo } from './return-to.ts'

/** The reconciler looks at a start that never came back this long after its deadline, real time. */
const RECONCILE_AFTER_MS = 5_000
/** After an answer is known to be lost there is nothing to wait for but the provider's own settling. */
export const RECONCILE_SOON_MS = 2_000

export const hashState = (state: string): string => createHash('sha256').update(state).digest('hex')

interface Target {
  readonly connector: ProviderConnector
  readonly institution: ListedInstitution | null
}

export type StartAuthorization = (
  viewer: Viewer,
  input: StartInput,
  requestId: RequestId,
  run: Run,
) => Promise<readonly UserFault[]>

export const createStart = (
  context: ServiceContext,
  {
    users,
    institutions,
    attempts,
  }: { readonly users: Users; readonly institutions: Institutions; readonly attempts: Attempts },
): StartAuthorization => {
  const { store, connectors, settings } = context

  const resolveTarget = async (target: StartInput['target'], requestId: RequestId): Promise<Target> => {
    if ('provider' in target) {
      return { connector: connectorOf(connectors, target.provider, 'input', 'target', 'provider'), institution: null }
    }
    const path = ['input', 'target', 'institutionId'] as const
    const name = parseInstitutionId(target.institutionId)
    if (name === null) throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path })
    const connector = connectorOf(connectors, name.provider, ...path)
    const institution = await institutions.find(name.provider, name.ref, requestId)
    if (institution === null) throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path })
    return { connector, institution }
  }

  const checkCapabilities = (input: StartInput, { connector, institution }: Target): void => {
    if (input.webhookUrl !== null) {
      throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
        message: 'Webhooks are not available in this version. Leave `webhookUrl` out and subscribe to `consentEvents`.',
        path: ['input', 'webhookUrl'],
      })
    }
    const possible = institution?.steps ?? connector.capabilities.steps
    if (!possible.some((step) => input.supportedSteps.includes(step))) {
      throw new GatewayError('STEP_UNSUPPORTED', {
        message: `This institution needs one of: ${possible.join(', ')}.`,
        path: ['input', 'supportedSteps'],
      })
    }
    if (input.access.accountIds !== null && !connector.capabilities.accountSelection) {
      throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
        message: 'The person chooses the accounts at this provider. Leave `accountIds` out.',
        path: ['input', 'access', 'accountIds'],
      })
    }
    if (input.providerOptions !== null && input.providerOptions.name !== connector.optionsName) {
      throw invalidInput(
        `These options are for another provider; this institution takes \`${connector.optionsName}\`.`,
        'input',
        'providerOptions',
        input.providerOptions.name,
      )
    }
    const redirects = possible
      .filter((step) => input.supportedSteps.includes(step))
      .every((step) => step === 'REDIRECT')
    if (redirects && input.returnTo === null) {
      throw invalidInput(
        'This institution sends the person away and back: say where to, in `returnTo.success`.',
        'input',
        'returnTo',
      )
    }
  }

  const ensureUser = async (
    connector: ProviderConnector,
    user: User,
    requestId: RequestId,
  ): Promise<ProviderUser | null> => {
    const known = await linkedUser(store, { userId: user.id, provider: connector.id })
    if (known !== null || connector.ensureUser === undefined) return known
    const created = await connector.ensureUser(user.id, callWithin(settings.providerCallMs, requestId))
    const link = {
      clientId: user.clientId,
      userId: user.id,
      provider: connector.id,
      user: created,
      linkedAt: context.clock.now(),
    }
    await commitOrThrow(store, [{ kind: 'link.put', link }])
    return created
  }

  const openAttempt = (
    viewer: Viewer,
    user: User,
    provider: ProviderId,
    request: StartRequest,
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
    }
    const session: AuthSession = {
      ...owner,
      id: request.sessionId,
      consentId: consent.id,
      status: 'PENDING',
      version: 1,
      nextStep: null,
      problem: null,
      createdAt: now,
      updatedAt: now,
      expiresAt: new Date(now.getTime() + settings.sessionLifetimeMs),
      returnTo: request.returnTo,
      inFlight: 'START',
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

  return async (viewer, input, requestId, { touched, claim }) => {
    const user = await users.find(viewer, input.user, 'input', 'user')
    touched.userId = user.id
    const target = await resolveTarget(input.target, requestId)
    const { connector, institution } = target
    checkCapabilities(input, target)
    if (input.returnTo !== null) checkReturnTo(viewer.client, input.returnTo)

    const { now } = momentOf(context)
    const { capabilities } = connector
    const bounds = {
      maxSeconds: institution?.maxConsentSeconds ?? capabilities.maxConsentSeconds,
      marginSeconds: capabilities.validityMarginSeconds,
      selectable: capabilities.validitySelection,
    }
    const validUntil = resolveValidity(input.access.validity, bounds, now)
    const state = randomBytes(32).toString('base64url')
    const request: StartRequest = {
      sessionId: context.ids.next('aus'),
      consentId: context.ids.next('con'),
      userId: user.id,
      user: null,
      institutionRef: institution?.ref ?? null,
      access: toRequestedAccess(input.access, now, validUntil),
      validUntil,
      now,
      psu: input.psu,
      supportedSteps: input.supportedSteps,
      callbackUrl: `${settings.publicUrl()}/callback/${connector.optionsName}`,
      state,
      returnTo: input.returnTo,
      options: input.providerOptions?.options ?? null,
      renews: null,
    }
    const draft = connector.prepare(request)
    const opened = openAttempt(viewer, user, connector.id, request, draft)
    touched.consentId = opened.consent.id
    touched.authSessionId = opened.session.id
    await commitOrThrow(store, [...claim(), ...opened.writes])

    try {
      const providerUser = await ensureUser(connector, user, requestId)
      const step = await connector.start(
        { ...request, user: providerUser },
        draft,
        callWithin(settings.providerCallMs, requestId),
      )
      await attempts.take(opened.session.id, step, 'START')
      return []
    } catch (error) {
      const fault = toGatewayError(error)
      if (fault.code === 'STORE_UNAVAILABLE') throw fault
      context.report('authorization.start.failed', { provider: connector.id, code: fault.code, requestId }, error)
      if (fault.code === 'OUTCOME_UNKNOWN') {
        const soon = new Date(Date.now() + RECONCILE_SOON_MS)
        const job = { kind: 'RECONCILE_SESSION', subject: opened.session.id } as const
        await commitOrThrow(store, [{ kind: 'job.schedule', job, dueAt: soon }])
      } else {
        await attempts.fail(opened.session.id, fault, requestId)
      }
      const userFault = toUserFault(fault, requestId)
      if (userFault === null) throw fault
      return [userFault]
    }
  }
}
