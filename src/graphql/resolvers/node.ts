import { invalidInput } from '../../domain/errors.ts'
import { isId } from '../../domain/ids.ts'
import { type InstitutionName, parseInstitutionId } from '../../domain/institution.ts'
import type { ListedInstitution, Patience } from '../../services/institutions.ts'
import type { AuthSession } from '../../domain/auth-session.ts'
import type { ConsentView } from '../../domain/source.ts'
import type { User } from '../../domain/store.ts'
import { scopeOf } from '../../domain/viewer.ts'
import type { WebhookEndpoint } from '../../domain/webhook.ts'
import { requireScopes } from '../authorization.ts'
import { type GraphContext, requireViewer } from '../context.ts'
import type { NodeResolvers } from '../generated/resolvers.ts'
import { MAX_PAGE } from '../paging.ts'

type AnyNode = User | ConsentView | AuthSession | ListedInstitution | WebhookEndpoint

export const readConsent = async (context: GraphContext, id: string): Promise<ConsentView | null> => {
  requireScopes(context, [['consents:read']])
  const consent = isId('con', id) ? await context.loaders.consents.load(id) : null
  return consent === null ? null : context.services.reading.stored(consent)
}

export const readUser = async (context: GraphContext, id: string): Promise<User | null> => {
  requireScopes(context, [['users:read']])
  return isId('usr', id) ? await context.loaders.users.load(id) : null
}

export const readUserByExternalId = async (context: GraphContext, externalId: string): Promise<User | null> => {
  requireScopes(context, [['users:read']])
  return await context.loaders.usersByExternalId.load(externalId)
}

export const readSession = async (context: GraphContext, id: string): Promise<AuthSession | null> => {
  requireScopes(context, [['consents:read'], ['authorizations:write']])
  return isId('aus', id) ? await context.loaders.sessions.load(id) : null
}

/** At once, where the provider's list is known. */
export const findInstitution = (
  context: GraphContext,
  { provider, ref }: InstitutionName,
  patience: Patience,
): ListedInstitution | null | Promise<ListedInstitution | null> => {
  requireScopes(context, [])
  return context.services.institutions.find(provider, ref, context.requestId, patience)
}

export const readInstitution = async (context: GraphContext, id: string): Promise<ListedInstitution | null> => {
  requireScopes(context, [])
  const name = parseInstitutionId(id)
  return name === null ? null : await findInstitution(context, name, 'READ')
}

const readWebhookEndpoint = async (context: GraphContext, id: string): Promise<WebhookEndpoint | null> => {
  requireScopes(context, [['webhooks:admin']])
  const scope = scopeOf(requireViewer(context))
  const [endpoint] = isId('whe', id) ? await context.store.webhooks.byIds(scope, [id]) : []
  return endpoint != null && endpoint.deletedAt === null ? endpoint : null
}

const READERS: Readonly<Record<string, (context: GraphContext, id: string) => Promise<AnyNode | null>>> = {
  usr: readUser,
  con: readConsent,
  aus: readSession,
  ins: readInstitution,
  whe: readWebhookEndpoint,
}

/** Null for an unknown or malformed id, and for what belongs to somebody else. */
export const readNode = (context: GraphContext, id: string): Promise<AnyNode | null> | null => {
  const prefix = id.slice(0, 3)
  return Object.hasOwn(READERS, prefix) ? (READERS[prefix]?.(context, id) ?? null) : null
}

export const readNodes = (context: GraphContext, ids: readonly string[]): Promise<(AnyNode | null)[]> => {
  if (ids.length < 1 || ids.length > MAX_PAGE) throw invalidInput(`\`ids\` names 1 to ${MAX_PAGE} objects.`, 'ids')
  return Promise.all(ids.map((id) => readNode(context, id)))
}

const typeOf = (node: AnyNode): 'User' | 'Consent' | 'AuthSession' | 'Institution' | 'WebhookEndpoint' => {
  if ('eventTypes' in node) return 'WebhookEndpoint'
  if ('consent' in node) return 'Consent'
  if ('externalId' in node) return 'User'
  return 'consentId' in node ? 'AuthSession' : 'Institution'
}

export const Node: NodeResolvers = { __resolveType: (node) => typeOf(node) }
