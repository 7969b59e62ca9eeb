import type { Consent } from '../domain/consent.ts'
import { askRevocation, observe } from '../domain/observe.ts'
import type { Write } from '../domain/store.ts'
import { momentOf, type ServiceContext } from './context.ts'

/**
 * The writes that end the consent which a new one renews, once the new one is authorized; none before. They go ahead of
 * the new one's own: at a provider that keeps one arrangement, its id has one live owner.
 */
export const supersede = async (
  context: ServiceContext,
  before: Consent,
  after: Consent,
): Promise<readonly Write[]> => {
  if (before.status === 'AUTHORIZED' || after.status !== 'AUTHORIZED' || after.renewedFrom === null) return []
  const [old] = await context.store.consents.byIds('SYSTEM', [after.renewedFrom])
  if (old === null || old === undefined) return []
  const moment = momentOf(context)
  const capabilities = context.connectors.describe(old.provider).capabilities
  const takeBack =
    capabilities.revokeAfterRenewal &&
    old.status === 'AUTHORIZED' &&
    old.providerConsentId !== null &&
    old.providerConsentId !== after.providerConsentId
  const news = { status: 'REVOKED', reason: 'SUPERSEDED', source: 'CLOCK', said: null } as const
  const { writes } = observe(old, news, moment, {
    supersededBy: after.id,
    ...(takeBack && { revocation: askRevocation(moment.now) }),
  })
  const job: Write = { kind: 'job.schedule', job: { kind: 'REVOKE', subject: old.id }, dueAt: moment.realNow }
  return takeBack ? [...writes, job] : writes
}
