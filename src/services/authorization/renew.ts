import type { Consent } from '../../domain/consent.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isId, type RequestId } from '../../domain/ids.ts'
import { toInstitutionId } from '../../domain/institution.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import { scopeOf, type Viewer } from '../../domain/viewer.ts'
import { connectorOf } from '../connectors.ts'
import type { ServiceContext } from '../context.ts'
import type { Run } from '../idempotency.ts'
import type { Institutions } from '../institutions.ts'
import type { RateLimits } from '../rate-limits.ts'
import { checkNotErasing, type Users } from '../users.ts'
import type { AccessInput, StartInput } from './input.ts'
import type { LaunchAuthorization } from './launch.ts'
import { resolveTarget } from './target.ts'

export interface RenewInput extends Pick<StartInput, 'psu' | 'returnTo' | 'supportedSteps'> {
  readonly consentId: string
  /** Null asks for what the old consent asked for. */
  readonly access: AccessInput | null
}

export type RenewConsent = (
  viewer: Viewer,
  input: RenewInput,
  requestId: RequestId,
  run: Run,
) => Promise<readonly UserFault[]>

const PATH = ['input', 'consentId'] as const

const asBefore = ({ requestedAccess }: Consent): AccessInput => ({
  accountIds: requestedAccess.accountIds,
  balances: requestedAccess.balances ?? true,
  transactions: requestedAccess.transactions ?? true,
  permissions: requestedAccess.permissions,
  validity: null,
})

/** @throws GatewayError STATE_CONFLICT, CAPABILITY_NOT_SUPPORTED */
const checkRenewable = (context: ServiceContext, consent: Consent): void => {
  if (!connectorOf(context.connectors, consent.provider, ...PATH).capabilities.renewal) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'This provider cannot renew a consent. Start a new authorization.',
      path: PATH,
    })
  }
  const wasAlive = consent.status === 'AUTHORIZED' || (consent.status === 'EXPIRED' && consent.authorizedAt !== null)
  if (wasAlive && consent.supersededBy === null) return
  throw new GatewayError('STATE_CONFLICT', {
    message:
      consent.supersededBy === null
        ? `Only an authorized or expired consent can be renewed; this one is ${consent.status}. Start a new authorization.`
        : 'This consent has been renewed already; renew the one that supersedes it.',
    path: PATH,
  })
}

/** A new consent that takes the old one's place once it is authorized; until then, and for who backs out, the old one stays. */
export const createRenew =
  (
    context: ServiceContext,
    rateLimits: RateLimits,
    users: Users,
    institutions: Institutions,
    launch: LaunchAuthorization,
  ): RenewConsent =>
  async (viewer, input, requestId, run) => {
    const [found] = isId('con', input.consentId)
      ? await context.store.consents.byIds(scopeOf(viewer), [input.consentId])
      : [null]
    if (found === null || found === undefined) {
      throw new GatewayError('NOT_FOUND', { message: 'No such consent.', path: PATH })
    }
    run.touched.consentId = found.id
    checkRenewable(context, found)
    const user = await users.find(viewer, { id: found.userId }, ...PATH)
    run.touched.userId = user.id
    checkNotErasing(user)
    await rateLimits.user(user, 'userStarts')
    const { provider, institutionRef: ref } = found
    const target = await resolveTarget(
      context,
      institutions,
      ref === null ? { provider } : { institutionId: toInstitutionId({ provider, ref }) },
      requestId,
    )
    const access = input.access ?? asBefore(found)
    return await launch(
      viewer,
      {
        user,
        target,
        input: { ...input, access, providerOptions: null },
        renews: found,
        webhookEndpointId: found.webhookEndpointId,
      },
      requestId,
      run,
    )
  }
