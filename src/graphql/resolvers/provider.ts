import { toInstitutionId } from '../../domain/institution.ts'
import type { Resolvers } from '../generated/resolvers.ts'
import { readInstitution } from './node.ts'
import { isPublicUrl } from '../scalars.ts'

export const Provider: Resolvers['Provider'] = {
  id: (id) => id,
  displayName: (id, _, { services }) => services.connectors.describe(id).displayName,
  sandbox: (id, _, { services }) => services.connectors.find(id)?.sandbox ?? false,
  capabilities: (id, _, { services }) => services.connectors.describe(id).capabilities,
  health: (id, _, { services }) => services.connectors.health(id),
}

export const ProviderCapabilities: Resolvers['ProviderCapabilities'] = {
  statusUpdates: ({ statusUpdates }) => statusUpdates.kind,
}

export const Institution: Resolvers['Institution'] = {
  __resolveReference: ({ id }, context) => readInstitution(context, id),
  logoUrl: ({ logoUrl }) => (logoUrl !== null && isPublicUrl(logoUrl) ? logoUrl : null),
}

export const SandboxGuideEntry: Resolvers['SandboxGuideEntry'] = {
  institutionId: ({ provider, institutionRef: ref }) => (ref === null ? null : toInstitutionId({ provider, ref })),
}
