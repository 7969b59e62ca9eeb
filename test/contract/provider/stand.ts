import { connectProviders, type ProviderSettings } from '../../../src/providers/registry.ts'
import type { Upstream } from '../../../src/upstream/upstream.ts'
import type { Stand } from './harness.ts'

export interface StandParts extends Pick<Stand, 'simulator' | 'clock' | 'person'> {
  /** Of the one provider. */
  readonly settings: ProviderSettings
}

/** The provider connected as the gateway connects it, but that retries wait for no jitter. */
export const createStand = ({ settings, ...parts }: StandParts): Stand => {
  const upstreams: Upstream[] = []
  const reconnect = () => {
    const [connection] = connectProviders(settings, parts.clock, { random: () => 0 })
    if (connection === undefined) throw new Error('no provider has settings')
    upstreams.push(connection.upstream)
    return connection.connector
  }
  return {
    ...parts,
    connector: reconnect(),
    reconnect,
    [Symbol.asyncDispose]: async () => {
      // First: what still hangs ends with it.
      await parts.simulator.close()
      await Promise.all(upstreams.map((upstream) => upstream.close()))
    },
  }
}
