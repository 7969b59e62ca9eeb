import type { Clock } from '../../domain/clock.ts'
import { isFinalConsent } from '../../domain/consent.ts'
import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type {
  CallContext,
  ProviderCapabilities,
  ProviderConnector,
  ProviderInstitution,
  PsuContext,
  SessionStep,
} from '../../domain/provider.ts'
import type { RedirectChallenge } from '../../domain/step.ts'
import type { Upstream, UpstreamOptions } from '../../upstream/upstream.ts'
import { createAuthorize } from './auth.ts'
import { parseCallback, toErrorMeaning, toExchangeEnd } from './callback.ts'
import { createEnableBankingClient } from './client.ts'
import type { EnableBankingCredential } from './config.ts'
import { blameEnableBankingAnswer } from './faults.ts'
import { parseRef, toInstitutions } from './institutions.ts'
import { type Meaning, toAuthorizedConsent, toEndedConsent } from './mapping.ts'
import { checkPsu, toPsuHeaders } from './psu.ts'
import { type Attempt, hasStarted, parseAttempt, withoutLink } from './sealed.ts'
import { createSessions } from './sessions.ts'
import { toAuthBody } from './start-body.ts'

export interface EnableBankingConnectorOptions {
  readonly upstream: Upstream
  readonly credential: EnableBankingCredential
  /** The one that consents live by; tokens keep real time. */
  readonly clock: Clock
}

/** For `createUpstream`. The list of all banks is the largest answer: some thousands of them, a kilobyte each. */
export const ENABLE_BANKING_UPSTREAM = {
  blame: blameEnableBankingAnswer,
  maxResponseBytes: 16 * 1_048_576,
} as const satisfies Partial<UpstreamOptions>

const CAPABILITIES: ProviderCapabilities = {
  steps: ['REDIRECT'],
  // There are no webhooks for sessions; reading one costs nothing at the bank.
  statusUpdates: { kind: 'CALLBACK_ONLY', pollIntervalMs: 3_600_000 },
  consentRead: 'BY_ID',
  ownUsers: false,
  revocation: true,
  renewal: true,
  // Banks that allow one consent per person end the new one with the old.
  revokeAfterRenewal: false,
  idempotentStart: false,
  accountSelection: true,
  validitySelection: true,
  accounts: true,
  erasure: false,
  maxConsentSeconds: null,
  // Limits are in days, and the exact boundary is refused.
  validityMarginSeconds: 86_400,
}

/** While a session is in a state that nobody documented for it. */
const POLL_AFTER_MS = 5_000

const toRedirect = ({ url, authorizationId, institutionRef }: Attempt): RedirectChallenge => ({
  kind: 'REDIRECT',
  ref: authorizationId ?? 'redirect',
  title: `Continue at ${parseRef(institutionRef)?.name ?? 'your bank'}`,
  instructions: 'Log in at the bank and approve there. Use the system browser: banks often fail inside an app.',
  expiresAt: null,
  fallbackUrl: url,
  url,
  popupAllowed: true,
  iframeAllowed: false,
})

/** Nothing can be read of an authorization before its code is exchanged. */
const stillOpen = (attempt: Attempt): SessionStep => ({ next: toRedirect(attempt), state: attempt, consent: null })

const ended = (attempt: Attempt, meaning: Meaning, raw: string, detail: string | null = null): SessionStep => ({
  next: { kind: 'DONE' },
  // Unchanged: after a denial a valid code may still arrive.
  state: attempt,
  consent: toEndedConsent(attempt.authorizationId, meaning, raw, detail),
})

/**
 * Ends of a call that brought no answer: `start`, nothing is at the bank yet, since nobody has opened the link;
 * `complete`, the code is spent and the session's id unknown; `revoke` and `cancel` may be repeated.
 */
export const createEnableBankingConnector = (options: EnableBankingConnectorOptions): ProviderConnector => {
  const client = createEnableBankingClient(options.upstream, createAuthorize(options.credential))
  const sessions = createSessions(client, options.clock)
  /** As last listed, by `ref`: lets `prepare` refuse what the institution would. Nothing depends on its being there. */
  let listed: ReadonlyMap<string, ProviderInstitution> = new Map()

  const readAttempt = async (attempt: Attempt, sessionId: string, call: CallContext): Promise<SessionStep> => {
    const consent = await sessions.read(sessionId, call)
    const over = consent.status !== null && (consent.status === 'AUTHORIZED' || isFinalConsent(consent.status))
    return { next: over ? { kind: 'DONE' } : { kind: 'WAIT', pollAfterMs: POLL_AFTER_MS }, state: attempt, consent }
  }

  const exchange = async (attempt: Attempt, code: string, call: CallContext): Promise<SessionStep> => {
    try {
      const exchanged = await client.exchangeCode(code, call)
      const state: Attempt = { ...attempt, sessionId: exchanged.sessionId }
      return { next: { kind: 'DONE' }, state, consent: toAuthorizedConsent(exchanged, new Date(attempt.validUntil)) }
    } catch (error) {
      const word = error instanceof GatewayError && error.code !== 'OUTCOME_UNKNOWN' ? error.providerCode : null
      const end = toExchangeEnd(word)
      if (word === null || end === null) throw error
      return ended(attempt, end, word)
    }
  }

  /** All that the institution requires, or none: a revocation must not fail for want of a header. */
  const psuHeadersFor = (psu: PsuContext | null, institutionRef: string | null): Readonly<Record<string, string>> => {
    const institution = listed.get(institutionRef ?? '')
    if (psu === null || institution === undefined) return {}
    try {
      checkPsu(psu, institution.requiredPsuFields)
      return toPsuHeaders(psu)
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'INVALID_INPUT') return {}
      throw error
    }
  }

  return {
    id: 'ENABLE_BANKING',
    displayName: 'Enable Banking',
    optionsName: 'enableBanking',
    capabilities: CAPABILITIES,

    check: async (call) => {
      const { name, environment, active, services } = await client.application(call)
      const title = name ?? 'of this token'
      if (active === false) return { ok: false, detail: `The application ${title} is not active.` }
      if (services != null && !services.includes('AIS')) {
        return { ok: false, detail: `The application ${title} may not read accounts: AIS is not among its services.` }
      }
      return { ok: true, detail: [name, environment].filter(Boolean).join(', ') || 'The token is accepted.' }
    },

    institutions: async (call) => {
      const institutions = toInstitutions(await client.aspsps(call))
      listed = new Map(institutions.map((institution) => [institution.ref, institution]))
      return institutions
    },

    prepare: (request) => {
      toAuthBody(request, listed.get(request.institutionRef ?? ''))
      // A lost start leaves nothing to look for.
      return {}
    },

    start: async (request, _draft, call) => {
      const institution = request.institutionRef ?? ''
      const body = toAuthBody(request, listed.get(institution))
      const start = { institution, body, psuHeaders: toPsuHeaders(request.psu) }
      const { url, authorization_id: authorizationId } = await client.startAuthorization(start, call)
      const validUntil = body.access.valid_until
      const attempt = { authorizationId: authorizationId ?? null, institutionRef: institution, sessionId: null }
      return stillOpen({ ...attempt, url, validUntil })
    },

    answer: () =>
      Promise.reject(
        new GatewayError('STATE_CONFLICT', { message: 'The person answers at the bank: follow the redirect.' }),
      ),

    complete: async (state, callback, call) => {
      const attempt = parseAttempt(state)
      if (attempt.sessionId !== null) return await readAttempt(attempt, attempt.sessionId, call)
      const came = parseCallback(callback)
      switch (came.kind) {
        case 'CODE':
          return await exchange(attempt, came.code, call)
        case 'ERROR':
          return ended(attempt, toErrorMeaning(came.error, came.description), came.error, came.description)
        case 'NOTHING':
          throw invalidInput('This address has neither `code` nor `error`.', 'input', 'callbackUrl')
      }
    },

    status: async (state, call) => {
      const attempt = parseAttempt(state)
      return attempt.sessionId === null ? stillOpen(attempt) : await readAttempt(attempt, attempt.sessionId, call)
    },

    cancel: async (state, call) => {
      // No call ends an authorization before its exchange; a code that still comes is the caller's to take back.
      const attempt = hasStarted(state) ? parseAttempt(state) : null
      if (attempt === null || attempt.sessionId === null) return
      const key = { providerConsentId: attempt.sessionId, institutionRef: attempt.institutionRef }
      await sessions.end(key, {}, call)
    },

    stateAfterEnd: (state) => (hasStarted(state) ? withoutLink(parseAttempt(state)) : {}),

    readConsents: (keys, call) => sessions.readMany(keys, call),

    revoke: (key, psu, call) => sessions.end(key, psuHeadersFor(psu, key.institutionRef), call),

    accounts: (key, call) => sessions.accounts(key, call),
  }
}
