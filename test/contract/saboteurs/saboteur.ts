import { GatewayError } from '../../../src/domain/errors.ts'
import type { ProviderConnector, ProviderConsent } from '../../../src/domain/provider.ts'
import type { Stand } from '../provider/harness.ts'

export type Victim = 'openBankProject' | 'enableBanking' | 'fiskil' | 'insurely'

/** One mistake that a connector could make, and the test of the suite that must see it. */
export interface Saboteur {
  readonly name: string
  readonly victim: Victim
  /** Part of the test's name, with those of the groups that it is in. */
  readonly seenBy: string
  spoil(connector: ProviderConnector, stand: Stand): Partial<ProviderConnector>
}

export type Spoil = Saboteur['spoil']

export const saboteur = (name: string, victim: Victim, seenBy: string, spoil: Spoil): Saboteur => ({
  name,
  victim,
  seenBy,
  spoil,
})

export const refuse = (): Promise<never> => Promise.reject(new GatewayError('PROVIDER_REJECTED'))

export const isError = (value: ProviderConsent | GatewayError): value is GatewayError => value instanceof GatewayError

/** The same read, changed. */
export const read =
  (change: (consent: ProviderConsent) => ProviderConsent): Spoil =>
  (c) => ({
    readConsents: async (keys, call) =>
      (await c.readConsents(keys, call)).map((one) => (isError(one) ? one : change(one))),
  })
