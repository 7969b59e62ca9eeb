import { GatewayError } from '../../domain/errors.ts'
import type { ProviderConnector } from '../../domain/provider.ts'
import type { Upstream, UpstreamOptions } from '../../upstream/upstream.ts'
import { createDirectLogin, type Credential, toPsuCredential } from './auth.ts'
import { createAuthorization } from './authorization.ts'
import { createObpClient } from './client.ts'
import type { OpenBankProjectSettings } from './config.ts'
import { blameObpAnswer, toUnnamedConsumerFault } from './faults.ts'
import { toAccount, toInstitution } from './mapping.ts'
import { toDraft } from './prepare.ts'
import { openKey, readConsents } from './reading.ts'
import { revokeConsent } from './revocation.ts'

export type OpenBankProjectConnectorOptions = Omit<OpenBankProjectSettings, 'baseUrl'> & {
  /** To the host's root; best with `OBP_UPSTREAM`. */
  readonly upstream: Upstream
}

/** A list has every consent that its user ever made, a kilobyte or more each, and cannot be paged. */
export const OBP_UPSTREAM = {
  blame: blameObpAnswer,
  maxResponseBytes: 16 * 1_048_576,
} as const satisfies Partial<UpstreamOptions>

/** No interval is published. Nothing but our own calls moves a consent while its code is awaited. */
const POLL_INTERVAL_MS = 15_000

/** Open Bank Project, API v3.1.0: consents by a code that the bank sends (`my/consents/{EMAIL|SMS|IMPLICIT}`). */
export const createOpenBankProjectConnector = (options: OpenBankProjectConnectorOptions): ProviderConnector => {
  const { consumerId, maxTtlSeconds } = options
  const settings = { consumerId, maxTtlSeconds }
  const client = createObpClient(options)
  const configuredUser = createDirectLogin(options)
  const credentialOf = (userToken: string | null): Credential =>
    userToken === null ? configuredUser : toPsuCredential(userToken)

  return {
    id: 'OPEN_BANK_PROJECT',
    displayName: 'Open Bank Project',
    optionsName: 'openBankProject',
    capabilities: {
      steps: ['OTP'],
      statusUpdates: { kind: 'POLL', pollIntervalMs: POLL_INTERVAL_MS },
      consentRead: 'LIST',
      ownUsers: false,
      revocation: true,
      renewal: true,
      revokeAfterRenewal: true,
      idempotentStart: false,
      accountSelection: true,
      validitySelection: true,
      accounts: true,
      erasure: false,
      maxConsentSeconds: maxTtlSeconds,
      validityMarginSeconds: 0,
    },

    check: async (call) => {
      try {
        await client.checkUser(configuredUser, call)
      } catch (error) {
        if (error instanceof GatewayError) return { ok: false, detail: error.message }
        throw error
      }
      return { ok: true, detail: 'The configured user can sign in.' }
    },

    prepare: (request) => toDraft(request, settings),
    ...createAuthorization({ client, credentialOf, settings }),

    readConsents: (keys, call) => readConsents(client, credentialOf, keys, call),

    revoke: async (key, _psu, call) => {
      const { consentId, bankId, kept } = openKey(key)
      return await revokeConsent(client, credentialOf(kept.userToken), { bankId, consentId }, call)
    },

    institutions: async (call) => {
      const named = (await client.listBanks(call)).filter(({ id }) => id !== '')
      const byRef = new Map(named.map((bank) => [bank.id, toInstitution(bank, maxTtlSeconds)]))
      return [...byRef.values()]
    },

    accounts: async (key, call) => {
      const { jwt, consumerId: named } = openKey(key).kept
      if (jwt === null) {
        throw new GatewayError('PROVIDER_CONTRACT_VIOLATION', {
          message: 'Open Bank Project gave no Consent-JWT for this consent: its accounts cannot be read without one.',
        })
      }
      try {
        return (await client.listConsentedAccounts(jwt, call)).map(toAccount)
      } catch (error) {
        throw named === null ? toUnnamedConsumerFault(error) : error
      }
    },
  }
}
