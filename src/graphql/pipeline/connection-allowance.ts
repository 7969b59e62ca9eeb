import { GatewayError } from '../../domain/errors.ts'
import { createTally } from './tally.ts'

/** How many sockets, event streams and subscriptions by callback together each client has. */
export interface ConnectionAllowance {
  /**
   * @returns what gives the place back; further calls of it do nothing
   * @throws GatewayError RATE_LIMITED
   */
  take(client: string): () => void
}

/** @param maxPerClient default 5,000 */
export const createConnectionAllowance = (maxPerClient = 5_000): ConnectionAllowance => {
  const taken = createTally()
  return {
    take: (client) => {
      if (taken.of(client) >= maxPerClient) {
        const message = `A client may have ${maxPerClient} sockets, event streams and subscriptions by callback open at once.`
        throw new GatewayError('RATE_LIMITED', { message })
      }
      taken.add(client, 1)
      let held = true
      return () => {
        if (held) taken.add(client, -1)
        held = false
      }
    },
  }
}
