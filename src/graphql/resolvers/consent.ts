import { isFinalSession } from '../../domain/auth-session.ts'
import { type Consent as DomainConsent, type ConsentStatus, isFinalConsent } from '../../domain/consent.ts'
import { invalidInput } from '../../domain/errors.ts'
import type { ConsentId } from '../../domain/ids.ts'
import type { ConsentView } from '../../domain/source.ts'
import { scopeOf } from '../../domain/viewer.ts'
import type { Patience } from '../../services/institutions.ts'
import { type GraphContext, present, requireViewer } from '../context.ts'
import type { ConsentAction, Resolvers } from '../generated/resolvers.ts'
import { toConnection, toFirst } from '../paging.ts'
import { findInstitution, readConsent } from './node.ts'

/** The one thing a screen should offer. */
const ACTIONS = {
  INITIATED: 'WAIT',
  AWAITING_AUTHORIZATION: 'CONTINUE_AUTHORIZATION',
  PARTIALLY_AUTHORIZED: 'CONTINUE_AUTHORIZATION',
  AUTHORIZED: 'NONE',
  REJECTED: 'RECONNECT',
  REVOKED: 'NONE',
  EXPIRED: 'RECONNECT',
  FAILED: 'RECONNECT',
} as const satisfies Record<ConsentStatus, ConsentAction>

const primaryAction = (
  { consent }: ConsentView,
  { loaders, services }: GraphContext,
): ConsentAction | Promise<ConsentAction> => {
  const { status, currentSessionId } = consent
  if (consent.supersededBy !== null) return 'NONE'
  if (status === 'EXPIRED' && consent.authorizedAt !== null) {
    return services.connectors.find(consent.provider)?.connector.capabilities.renewal === true
      ? 'RENEW'
      : ACTIONS[status]
  }
  if (ACTIONS[status] !== 'CONTINUE_AUTHORIZATION') return ACTIONS[status]
  if (currentSessionId === null) return 'WAIT'
  return loaders.sessions
    .load(currentSessionId)
    .then((session) => (session?.status === 'AWAITING_USER' ? 'CONTINUE_AUTHORIZATION' : 'WAIT'))
}

const related = (context: GraphContext, id: ConsentId | null): Promise<ConsentView | null> | null =>
  id === null ? null : readConsent(context, id)

export const institutionOf = (
  { provider, institutionRef: ref }: Pick<DomainConsent, 'provider' | 'institutionRef'>,
  context: GraphContext,
  patience: Patience = 'READ',
) => (ref === null ? null : findInstitution(context, { provider, ref }, patience))

const toPosition = (after: string | null | undefined): number | null => {
  if (after == null) return null
  const match = /^position\.(\d{1,15})$/.exec(Buffer.from(after, 'base64url').toString())
  if (match === null) throw invalidInput('This cursor is not one of this list. Start again without `after`.', 'after')
  return Number(match[1])
}

const positionCursor = (position: number): string => Buffer.from(`position.${position}`).toString('base64url')

export const Consent: Resolvers['Consent'] = {
  __resolveReference: ({ id }, context) => readConsent(context, id),

  id: ({ consent }) => consent.id,
  status: ({ consent }) => consent.status,
  isFinal: ({ consent }) => isFinalConsent(consent.status),
  statusReason: ({ consent }) => consent.statusReason,
  providerStatus: ({ consent }) => consent.providerStatus,
  version: ({ consent }) => consent.version,
  user: ({ consent }, _, { loaders }) => present(loaders.users.load(consent.userId)),
  provider: ({ consent }) => consent.provider,
  institution: ({ consent, source }, _, context) => institutionOf(consent, context, source.stale ? 'NONE' : 'READ'),
  providerConsentId: ({ consent }) => consent.providerConsentId,
  requestedAccess: ({ consent }) => consent.requestedAccess,
  access: ({ consent }) => consent.access,
  accounts: (view, _, { services, requestId }) => services.accounts(view, requestId),
  source: ({ source }) => source,
  receipt: ({ consent }, _, context) => context.services.receiptOf(consent, requireViewer(context).client),
  createdAt: ({ consent }) => consent.createdAt,
  updatedAt: ({ consent }) => consent.updatedAt,
  authorizedAt: ({ consent }) => consent.authorizedAt,
  expiresAt: ({ consent }) => consent.expiresAt,
  revokedAt: ({ consent }) => consent.revokedAt,
  renewedFrom: ({ consent }, _, context) => related(context, consent.renewedFrom),
  supersededBy: ({ consent }, _, context) => related(context, consent.supersededBy),
  revocation: ({ consent }) => consent.revocation,
  currentSession: async ({ consent }, _, { loaders }) => {
    const session = consent.currentSessionId === null ? null : await loaders.sessions.load(consent.currentSessionId)
    return session === null || isFinalSession(session.status) ? null : session
  },
  primaryAction: (view, _, context) => primaryAction(view, context),

  history: async ({ consent }, { first, after }, context) => {
    const page = await context.services.events.history(requireViewer(context), consent, toFirst(first), after ?? null)
    return toConnection(
      page,
      after,
      ({ cursor }) => cursor,
      (event) => event,
    )
  },

  explain: async ({ consent }, { first, after }, context) => {
    const scope = scopeOf(requireViewer(context))
    const page = await context.store.observations.page(scope, consent.id, toFirst(first, 50), toPosition(after))
    return toConnection(
      page,
      after,
      ({ position }) => positionCursor(position),
      (observation) => observation,
    )
  },
}

export const ConsentConnection: Resolvers['ConsentConnection'] = { totalCount: ({ count }) => count() }
