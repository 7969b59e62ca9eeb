import type { ClientId } from '../../domain/ids.ts'
import { deriveKey, type RootKey } from '../root-key.ts'
import { toWebhookSecret } from './signature.ts'

/** Signs for addresses that nobody registered. The same at each start, so that a receiver is set up once. */
export const developmentWebhookSecret = (root: RootKey, clientId: ClientId): string =>
  toWebhookSecret(deriveKey(root, `development webhook secret of ${clientId}`))
