import type { Consent } from '../domain/consent.ts'
import type { ConsentId } from '../domain/ids.ts'
import { askRevocation, observe } from '../domain/observe.ts'
import type { Write } from '../domain/store.ts'
import { momentOf, type ServiceContext } from './context.ts'

/** Of two renewals of one consent the later takes the place of the earlier. */
const lastOf = async (
  { store }: Pick<ServiceContext, 'store'>,
  id: ConsentId,
  newest: ConsentId,
): Promise<Consent | null> => {
  const [consent] = await store.consents.byIds('SYSTEM', [id])
  if (consent === null || consent === undefined) return null
  const next = consent.supersededBy
  return next === null || next === newest ? consent : await lastOf({ store }, next, newest)
}

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
  const old = await lastOf(context, after.renewedFrom, after.id)
  if (old === null) return []
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
