import type { Clock } from '../../domain/clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderConnector } from '../../domain/provider.ts'
import type { Upstream, UpstreamOptions } from '../../upstream/upstream.ts'
import { createAuthorization } from './authorization.ts'
import { createFiskilClient } from './client.ts'
import type { FiskilSettings } from './config.ts'
import { MAX_CONSENT_SECONDS, toInstitution } from './mapping.ts'
import { listAccounts, readConsents, revokeConsent } from './reading.ts'
import { createTokenSource } from './token.ts'
import { decodeWebhook, isBase64 } from './webhook.ts'

export type FiskilConnectorOptions = FiskilSettings & {
  /** To the host, before `/v1`; best with `FISKIL_UPSTREAM`. */
  readonly upstream: Upstream
  /** The one that consents live by. */
  readonly clock: Clock
  /** For tests: epoch milliseconds, for the life of tokens. */
  readonly now?: () => number
}

/** The list of institutions is one answer, with their logos' addresses. */
export const FISKIL_UPSTREAM = { maxResponseBytes: 8 * 1_048_576 } as const satisfies Partial<UpstreamOptions>

/** No rate limit is published for this API. */
const POLL_INTERVAL_MS = { WEBHOOK: 60_000, POLL: 15_000 } as const

const BAD_WEBHOOK_SECRET = 'FISKIL_WEBHOOK_SECRET is not base64: no webhook will be accepted.'

/**
 * Fiskil, CDR data API: a hosted page, webhooks, no way to read or end a session.
 *
 * Ends of a call that brought no answer: `ensureUser`, an end user without particulars is left; `start`, a link that
 * nobody has; `revoke` and `forgetUser` may be repeated.
 */
export const createFiskilConnector = (options: FiskilConnectorOptions): ProviderConnector => {
  const { clock, webhookSecret } = options
  const tokens = createTokenSource({ ...options, now: options.now ?? Date.now })
  const client = createFiskilClient(options, tokens)
  const updates = webhookSecret === null ? 'POLL' : 'WEBHOOK'
  const pollIntervalMs = POLL_INTERVAL_MS[updates]

  return {
    id: 'FISKIL',
    displayName: 'Fiskil',
    optionsName: 'fiskil',
    capabilities: {
      steps: ['REDIRECT'],
      statusUpdates: { kind: updates, pollIntervalMs },
      consentRead: 'LIST',
      ownUsers: true,
      revocation: true,
      renewal: true,
      // A renewal is the same arrangement.
      revokeAfterRenewal: false,
      idempotentStart: false,
      exclusiveAttempts: true,
      accountSelection: false,
      validitySelection: false,
      accounts: true,
      erasure: true,
      maxConsentSeconds: MAX_CONSENT_SECONDS,
      validityMarginSeconds: 0,
    },

    check: async (call) => {
      if (webhookSecret !== null && !isBase64(webhookSecret)) return { ok: false, detail: BAD_WEBHOOK_SECRET }
      try {
        await tokens.fresh(call)
      } catch (error) {
        if (error instanceof GatewayError) return { ok: false, detail: error.message }
        throw error
      }
      return { ok: true, detail: 'The client gets a token.' }
    },

    ensureUser: async (_userId, call) => ({ ref: await client.createEndUser(call), secrets: null }),
    forgetUser: (user, call) => client.deleteEndUser(user.ref, call),

    ...createAuthorization({ client, clock, pollIntervalMs }),

    readConsents: (keys, call) => readConsents(client, keys, clock.now(), call),
    revoke: (key, _psu, call) => revokeConsent(client, key, clock.now(), call),

    institutions: async (call) => {
      const banks = (await client.listInstitutions(call)).filter(
        ({ industry }) => industry == null || industry.toLowerCase() === 'banking',
      )
      const byRef = new Map(banks.map((bank) => [bank.id, toInstitution(bank)]))
      return [...byRef.values()]
    },

    accounts: (key, call) => listAccounts(client, key, call),

    ...(webhookSecret !== null && {
      // Async, so that a refusal is a rejection.
      decodeWebhook: async (request) => await Promise.resolve(decodeWebhook(request, webhookSecret)),
    }),
  }
}
