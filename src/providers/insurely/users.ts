import { GatewayError } from '../../domain/errors.ts'
import type { UserId } from '../../domain/ids.ts'
import type { CallContext, ProviderUser } from '../../domain/provider.ts'
import type { InsurelyClient } from './client.ts'
import { toUserSecrets } from './sessions.ts'

/** Whether a second user of one name is refused is not documented: it is looked for first, and after a refusal again. */
const findOrCreate = async (client: InsurelyClient, externalId: string, call: CallContext): Promise<string> => {
  const found = await client.findUser(externalId, call)
  if (found !== null) return found
  try {
    const created = await client.createUser(externalId, call)
    if (created !== null) return created
    throw new GatewayError('PROVIDER_CONTRACT_VIOLATION', { cause: new Error('a new user is anonymized') })
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    if (error.code !== 'PROVIDER_REJECTED' && error.code !== 'OUTCOME_UNKNOWN') throw error
    const made = await client.findUser(externalId, call)
    if (made !== null) return made
    if (error.code === 'PROVIDER_REJECTED') throw error
    // A user more or less is nothing that anybody could have authorized.
    throw new GatewayError('PROVIDER_UNAVAILABLE', { cause: error })
  }
}

/** Our own id is the name there: it says nothing of the person, and stays theirs. */
export const ensureUser = async (client: InsurelyClient, userId: UserId, call: CallContext): Promise<ProviderUser> => {
  const ref = await findOrCreate(client, userId, call)
  const user = { ref, secrets: toUserSecrets(await client.openSession(ref, call)) }
  client.sessions.seed(user)
  return user
}
