import { GatewayError } from '../../domain/errors.ts'
import type {
  CallContext,
  ConsentKey,
  ProviderCapabilities,
  ProviderConnector,
  ProviderConsent,
  SessionStep,
} from '../../domain/provider.ts'
import type { RedirectChallenge } from '../../domain/step.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { createExampleBankClient } from './client.ts'
import type { ExampleBankSettings } from './config.ts'
import { MAX_CONSENT_SECONDS, toEnded, toInstitution, toProviderConsent } from './mapping.ts'
import { toConsentBody } from './prepare.ts'
import { type Attempt, hasStarted, parseAttempt, toLateAttempt } from './sealed.ts'

export type ExampleBankConnectorOptions = Omit<ExampleBankSettings, 'baseUrl'> & { readonly upstream: Upstream }

const POLL_INTERVAL_MS = 15_000

const CAPABILITIES: ProviderCapabilities = {
  steps: ['REDIRECT'],
  statusUpdates: { kind: 'POLL', pollIntervalMs: POLL_INTERVAL_MS },
  consentRead: 'BY_ID',
  ownUsers: false,
  revocation: true,
  renewal: false,
  revokeAfterRenewal: false,
  idempotentStart: false,
  accountSelection: false,
  validitySelection: false,
  accounts: false,
  erasure: false,
  maxConsentSeconds: MAX_CONSENT_SECONDS,
  validityMarginSeconds: 0,
}

/** While the provider is at work, or in a state that nobody documented. */
const POLL_AFTER_MS = 5_000
/** Below the upstream's own bound, so that one user's list does not keep all others waiting. */
const PARALLEL_READS = 8

const toRedirect = ({ consentId, link, linkEndsAt }: Attempt): RedirectChallenge => ({
  kind: 'REDIRECT',
  ref: consentId,
  title: 'Continue at your bank',
  instructions: null,
  expiresAt: new Date(linkEndsAt),
  fallbackUrl: link,
  url: link,
  popupAllowed: true,
  iframeAllowed: false,
})

const toStep = (attempt: Attempt, consent: ProviderConsent | null): SessionStep => {
  if (consent === null || consent.status === 'AWAITING_AUTHORIZATION') {
    return { next: toRedirect(attempt), state: attempt, consent, pollAfterMs: POLL_INTERVAL_MS }
  }
  // A word that nobody knows ends nothing.
  const next =
    consent.status === null ? { kind: 'WAIT' as const, pollAfterMs: POLL_AFTER_MS } : { kind: 'DONE' as const }
  return { next, state: attempt, consent }
}

/**
 * Say here how a call ends that brought no answer. `start`: nobody has the link, so there is nothing to look for;
 * `revoke` and `cancel` may be repeated.
 */
export const createExampleBankConnector = (options: ExampleBankConnectorOptions): ProviderConnector => {
  const client = createExampleBankClient(options)

  const look = async (attempt: Attempt, call: CallContext): Promise<SessionStep> =>
    toStep(attempt, toProviderConsent(await client.readConsent(attempt.consentId, call)))

  const readOne = async (
    { providerConsentId: id }: ConsentKey,
    call: CallContext,
  ): Promise<ProviderConsent | GatewayError> => {
    try {
      return toProviderConsent(await client.readConsent(id, call))
    } catch (error) {
      // One fault does not fail its neighbours.
      if (error instanceof GatewayError) return error
      throw error
    }
  }

  return {
    id: 'EXAMPLE_BANK',
    displayName: 'Example Bank',
    optionsName: 'exampleBank',
    capabilities: CAPABILITIES,

    check: async (call) => {
      const banks = await client.listBanks(call)
      return { ok: true, detail: `${banks.length} banks can be reached.` }
    },

    institutions: async (call) => (await client.listBanks(call)).map(toInstitution),

    prepare: (request) => {
      toConsentBody(request)
      // A lost start leaves nothing to look for.
      return {}
    },

    start: async (request, _draft, call) => {
      const { id, link, linkEndsAt } = await client.startConsent(toConsentBody(request), call)
      const attempt: Attempt = { consentId: id, link, linkEndsAt: linkEndsAt.toISOString() }
      return { ...toStep(attempt, null), expiresAt: linkEndsAt }
    },

    answer: () =>
      Promise.reject(
        new GatewayError('STATE_CONFLICT', { message: 'The person answers at the bank: follow the redirect.' }),
      ),

    // The callback says only that somebody came back: what was decided, the provider says itself.
    complete: async (state, _callback, call) => await look(parseAttempt(state), call),
    status: async (state, call) => await look(parseAttempt(state), call),

    cancel: async (state, call) => {
      if (hasStarted(state)) await client.endConsent(parseAttempt(state).consentId, call)
    },

    stateAfterEnd: toLateAttempt,

    readConsents: async (keys, call) => {
      const read: (ProviderConsent | GatewayError)[] = []
      for (let from = 0; from < keys.length; from += PARALLEL_READS) {
        const group = keys.slice(from, from + PARALLEL_READS)
        read.push(...(await Promise.all(group.map((key) => readOne(key, call)))))
      }
      return read
    },

    revoke: async ({ providerConsentId: id }, _psu, call) => {
      await client.endConsent(id, call)
      return toEnded(id)
    },
  }
}
