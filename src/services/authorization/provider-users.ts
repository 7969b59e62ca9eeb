import type { CallContext, ProviderConnector, ProviderUser } from '../../domain/provider.ts'
import type { User } from '../../domain/store.ts'
import { TransientMap } from '../../domain/transient-map.ts'
import { CommitConflict, commitOrThrow } from '../commit.ts'
import { linkedUser } from '../connectors.ts'
import type { ServiceContext } from '../context.ts'
import { toGatewayError } from '../fault.ts'

/** The user at the provider, made where it has users of its own and this one is not there yet; null where it has none. */
export type EnsureProviderUser = (
  connector: ProviderConnector,
  user: User,
  call: CallContext,
) => Promise<ProviderUser | null>

export const createEnsureProviderUser = ({
  store,
  clock,
  report,
}: Pick<ServiceContext, 'store' | 'clock' | 'report'>): EnsureProviderUser => {
  /** Nobody has consented to anything in its name: what is left where this fails says nothing of the person. */
  const forget = async (connector: ProviderConnector, user: User, orphan: ProviderUser, call: CallContext) => {
    const facts = { provider: connector.id, userId: user.id, requestId: call.requestId }
    try {
      await connector.forgetUser?.(orphan, call)
      report('provider.user.orphaned', { ...facts, forgotten: connector.forgetUser !== undefined })
    } catch (error) {
      report('provider.user.orphaned', { ...facts, forgotten: false, code: toGatewayError(error).code }, error)
    }
  }

  const findOrMake = async (
    connector: ProviderConnector,
    user: User,
    call: CallContext,
  ): Promise<ProviderUser | null> => {
    const owner = { userId: user.id, provider: connector.id }
    const known = await linkedUser(store, owner)
    if (known !== null || connector.ensureUser === undefined) return known
    const made = await connector.ensureUser(user.id, call)
    const link = { ...owner, clientId: user.clientId, user: made, linkedAt: clock.now() }
    try {
      await commitOrThrow(store, [{ kind: 'link.insert', link }])
      return made
    } catch (error) {
      if (!(error instanceof CommitConflict)) throw error
    }
    const first = await linkedUser(store, owner)
    if (made.ref !== first?.ref) await forget(connector, user, made, call)
    return first
  }

  /** Starts that come at once here make one user; of those that come to several replicas at once, the first link stays. */
  const making = new TransientMap<string, Promise<ProviderUser | null>>()

  return (connector, user, call) => {
    const key = `${connector.id} ${user.id}`
    const made = making.get(key) ?? findOrMake(connector, user, call).finally(() => making.delete(key))
    making.set(key, made)
    return made
  }
}
