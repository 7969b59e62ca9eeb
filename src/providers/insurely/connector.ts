import type { Clock } from '../../domain/clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderCapabilities, ProviderConnector } from '../../domain/provider.ts'
import type { Upstream, UpstreamOptions } from '../../upstream/upstream.ts'
import { createAuthorization, POLL_INTERVAL_MS } from './authorization.ts'
import { createInsurelyClient } from './client.ts'
import type { InsurelySettings } from './config.ts'
import { blameInsurelyAnswer } from './faults.ts'
import { toCollection, toInstitution } from './mapping.ts'
import { toBody, toDraft } from './prepare.ts'
import { readConsents, requireUserRef } from './reading.ts'
import { endConsent } from './revocation.ts'
import { ensureUser } from './users.ts'
import { decodeWebhook } from './webhook.ts'
import type { InsurelyCompany } from './wire.ts'

export type InsurelyConnectorOptions = Omit<InsurelySettings, 'baseUrl'> & {
  /** Best with `INSURELY_UPSTREAM`. */
  readonly upstream: Upstream
  /** The one that consents live by; sessions keep real time. */
  readonly clock: Clock
}

export const INSURELY_UPSTREAM = { blame: blameInsurelyAnswer } as const satisfies Partial<UpstreamOptions>

const CAPABILITIES: ProviderCapabilities = {
  steps: ['QR', 'APP_LAUNCH'],
  // Webhooks tell of collections only.
  statusUpdates: { kind: 'POLL', pollIntervalMs: POLL_INTERVAL_MS },
  consentRead: 'LIST',
  ownUsers: true,
  revocation: true,
  renewal: true,
  revokeAfterRenewal: true,
  idempotentStart: false,
  accountSelection: true,
  validitySelection: true,
  // Those under a consent show only in a collection.
  accounts: false,
  erasure: true,
  maxConsentSeconds: null,
  // Limits are in days.
  validityMarginSeconds: 86_400,
}

/** Nobody has this name: asking for it tells whether the API key is good. */
const NOBODY = 'consentgraph-check'

/** Insurely's Swedish wealth API, version 2026-04-01: consents by BankID, polled. */
export const createInsurelyConnector = (options: InsurelyConnectorOptions): ProviderConnector => {
  const { clock, webhookSecret } = options
  const client = createInsurelyClient(options)
  /** As last listed: lets `prepare` choose what the institution offers. Nothing depends on its being there. */
  let listed: ReadonlyMap<string, InsurelyCompany> = new Map()
  const offeredBy = (company: string): readonly string[] | null => listed.get(company)?.loginMethods ?? null

  return {
    id: 'INSURELY',
    displayName: 'Insurely',
    optionsName: 'insurely',
    capabilities: CAPABILITIES,

    check: async (call) => {
      try {
        await client.findUser(NOBODY, call)
      } catch (error) {
        if (error instanceof GatewayError) return { ok: false, detail: error.message }
        throw error
      }
      return { ok: true, detail: 'The API key is accepted.' }
    },

    ensureUser: (userId, call) => ensureUser(client, userId, call),
    forgetUser: ({ ref }, call) => client.anonymizeUser(ref, call),

    prepare: (request) => {
      toBody(request, offeredBy(request.institutionRef ?? ''))
      return toDraft(request)
    },
    ...createAuthorization({ client, clock, offeredBy }),

    readConsents: (keys, call) => readConsents(client, keys, call),

    revoke: async (key, _psu, call) => {
      const userRef = requireUserRef(key)
      if (key.user !== null) client.sessions.seed(key.user)
      return await endConsent(client, { userRef, consentId: key.providerConsentId, company: key.institutionRef }, call)
    },

    institutions: async (call) => {
      const companies = await client.listCompanies(call)
      listed = new Map(companies.map((company) => [company.company, company]))
      return [...listed.values()].flatMap((company) => toInstitution(company) ?? [])
    },

    collections: async ({ ref }, call) => {
      const collections = await client.listCollections(ref, call)
      return collections
        .map((one) => toCollection(one, listed.get(one.company ?? '')?.companyDisplayName ?? null))
        .toSorted((a, b) => (b.createdAt?.getTime() ?? 0) - (a.createdAt?.getTime() ?? 0))
    },

    ...(webhookSecret !== null && {
      decodeWebhook: async (request) => decodeWebhook(request, webhookSecret),
    }),
  }
}
