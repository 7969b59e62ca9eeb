import type { ConsentAccess, ConsentStatus, ConsentStatusReason, Secrets } from './consent.ts'
import type { GatewayError } from './errors.ts'
import type { AuthSessionId, ConsentId, RequestId, UserId } from './ids.ts'
import type { ProviderId } from './provider-id.ts'
import type { NextStep, StepAnswer, StepKind } from './step.ts'

/** What differs between providers, as data: services refuse before they call, and the schema shows it. */
export interface ProviderCapabilities {
  /** Empty for a provider that is not configured. */
  readonly steps: readonly StepKind[]
  /** WEBHOOK still polls, slowly: webhooks get lost. */
  readonly statusUpdates: { readonly kind: 'WEBHOOK' | 'POLL' | 'CALLBACK_ONLY'; readonly pollIntervalMs: number }
  /** LIST: one upstream list per credential answers a batch of reads. */
  readonly consentRead: 'BY_ID' | 'LIST'
  /** The provider has users of its own: `ensureUser` runs before the first start. */
  readonly ownUsers: boolean
  readonly revocation: boolean
  readonly renewal: boolean
  /** Delete the renewed consent at the provider once the new one is authorized? Only where that is safe for the new one. */
  readonly revokeAfterRenewal: boolean
  readonly idempotentStart: boolean
  /** A consent is told from another only by when it was made: one open attempt of a user at an institution. */
  readonly exclusiveAttempts?: boolean
  readonly accountSelection: boolean
  readonly validitySelection: boolean
  readonly accounts: boolean
  readonly erasure: boolean
  /** Seconds; null where only the institution knows or nobody says. */
  readonly maxConsentSeconds: number | null
  /** Kept between what we ask and the maximum, in seconds: clocks differ, and some banks refuse the exact boundary. */
  readonly validityMarginSeconds: number
}

/** `signal` aborts when the caller goes away. `deadline` is in real time; whoever waits for something keeps it as well. */
export interface CallContext {
  readonly signal: AbortSignal
  readonly deadline: Date
  readonly requestId: RequestId
}

/** The provider's own record of one of our users. `secrets` are sealed at rest by the store. */
export interface ProviderUser {
  readonly ref: string
  readonly secrets: Secrets | null
}

export type PsuDevice = 'SAME' | 'OTHER' | 'ANY'

/** What is known of the PSU and their browser for one call. Never stored. */
export interface PsuContext {
  readonly type: 'PERSONAL' | 'BUSINESS'
  readonly device: PsuDevice
  readonly locale: string | null
  readonly email: string | null
  readonly phone: string | null
  readonly personalNumber: string | null
  readonly ipAddress: string | null
  readonly userAgent: string | null
  readonly referer: string | null
  readonly accept: string | null
  readonly acceptCharset: string | null
  readonly acceptEncoding: string | null
  readonly acceptLanguage: string | null
  readonly geoLocation: string | null
}

export interface StartRequest {
  readonly sessionId: AuthSessionId
  readonly consentId: ConsentId
  readonly userId: UserId
  readonly user: ProviderUser | null
  /** Null where the client named only the provider and the person chooses on its page. */
  readonly institutionRef: string | null
  readonly access: ConsentAccess
  /** What the access must end at, after clamping; null lets the provider decide. */
  readonly validUntil: Date | null
  /** The clock the consent lives by. */
  readonly now: Date
  readonly psu: PsuContext
  readonly supportedSteps: readonly StepKind[]
  /** Where the provider sends the person back to: the gateway's callback address. */
  readonly callbackUrl: string
  /** Random; comes back with the callback, as `state` or inside its query. */
  readonly state: string
  readonly returnTo: { readonly success: string; readonly cancel: string | null } | null
  /** The member of `providerOptions` that belongs to this provider. */
  readonly options: Secrets | null
  /** The consent that this one renews. */
  readonly renews: ConsentKey | null
}

/** What the provider says of one consent. */
export interface ProviderConsent {
  /** Null where the provider has none: an attempt that ended before there was one. */
  readonly providerConsentId: string | null
  /** Null where the word is not known: it is stored and shown, and moves nothing. */
  readonly status: ConsentStatus | null
  readonly raw: string | null
  readonly detail: string | null
  readonly reason: ConsentStatusReason | null
  readonly expiresAt: Date | null
  readonly access: ConsentAccess | null
  /** Replaces what is kept; null keeps it. */
  readonly secrets: Secrets | null
}

export interface SessionStep {
  readonly next: NextStep
  /** The session's new connector state; given back with the next call. */
  readonly state: Secrets
  readonly consent: ProviderConsent | null
  /** Ask `status` again after this long although the PSU has a step: nobody else will say that it was done. */
  readonly pollAfterMs?: number | null
  /** The provider's word on how long the attempt may take; null leaves the default. */
  readonly expiresAt?: Date | null
}

/** Names one consent at its provider, with all that is needed to ask about it. */
export interface ConsentKey {
  readonly consentId: ConsentId
  readonly providerConsentId: string
  readonly institutionRef: string | null
  readonly secrets: Secrets | null
  readonly user: ProviderUser | null
}

export interface ProviderInstitution {
  /** Stable name at the provider; unique within it. */
  readonly ref: string
  readonly name: string
  /** ISO 3166-1 alpha-2; null where the provider does not say. */
  readonly country: string | null
  readonly logoUrl: string | null
  readonly psuTypes: readonly ('PERSONAL' | 'BUSINESS')[]
  readonly steps: readonly StepKind[]
  readonly maxConsentSeconds: number | null
  /** Fields of `PsuInput` that the institution insists on. */
  readonly requiredPsuFields: readonly string[]
  readonly available: boolean
}

export interface ProviderAccount {
  readonly id: string
  /** Survives a renewal; null where the provider has nothing that does. */
  readonly identity: string | null
  readonly name: string | null
  /** Never the whole number. */
  readonly maskedNumber: string | null
  readonly currency: string | null
  readonly kind: string | null
}

/** A data run at a provider that has them: that it ran, never what it brought. */
export interface ProviderCollection {
  readonly id: string
  readonly institutionName: string | null
  /** The provider's word, untouched. */
  readonly status: string
  readonly createdAt: Date | null
}

export interface ProviderHealthReport {
  readonly ok: boolean
  readonly detail: string
}

/** What is known of a provider without asking it. */
export interface ProviderDescriptor {
  readonly id: ProviderId
  readonly displayName: string
  /** Its member of `providerOptions`, and its name in the callback address. */
  readonly optionsName: string
  readonly capabilities: ProviderCapabilities
}

/**
 * Stateless: state in, state out, so that a crash between two steps loses nothing. Decides the order of calls and the
 * mapping; never retries, never stores. Rejects with `GatewayError` only; a lost answer to a call that may have taken
 * effect is OUTCOME_UNKNOWN.
 */
export interface ProviderConnector extends ProviderDescriptor {
  /** Do the credentials work? At start and in the operator's check. */
  check(call: CallContext): Promise<ProviderHealthReport>
  ensureUser?(userId: UserId, call: CallContext): Promise<ProviderUser>
  /** Runs after every revocation of the user is confirmed. */
  forgetUser?(user: ProviderUser, call: CallContext): Promise<void>
  /**
   * Checks everything that needs no call, before anything is stored. Pure.
   *
   * @returns what `recoverStart` needs should the answer to `start` get lost
   * @throws GatewayError INVALID_INPUT, STEP_UNSUPPORTED or CAPABILITY_NOT_SUPPORTED, with a path below `input`
   */
  prepare(request: StartRequest): Secrets
  start(request: StartRequest, draft: Secrets, call: CallContext): Promise<SessionStep>
  /**
   * What a lost `start` left behind, newest first: safe to repeat. Absent where a lost start leaves nothing at the bank.
   *
   * @param startedAt when the lost call was made, by the provider's clock as far as ours agrees
   */
  recoverStart?(lost: LostStart, call: CallContext): Promise<readonly SessionStep[]>
  /** Sent at most once by the caller. */
  answer(state: Secrets, answer: StepAnswer, call: CallContext): Promise<SessionStep>
  resend?(state: Secrets, call: CallContext): Promise<SessionStep>
  complete?(state: Secrets, callback: URLSearchParams, call: CallContext): Promise<SessionStep>
  /** Ends the attempt at the provider. Already ended resolves. */
  cancel(state: Secrets, call: CallContext): Promise<void>
  /** Safe to repeat. */
  status(state: Secrets, call: CallContext): Promise<SessionStep>
  /**
   * What `complete` and `status` need where a grant comes after the end of its attempt, to be taken back: everything else
   * is forgotten then. Absent: nothing. Pure and total; what it returned may come again.
   */
  stateAfterEnd?(state: Secrets): Secrets
  /** Same order and length as the keys; one fault does not fail its neighbours. */
  readConsents(keys: readonly ConsentKey[], call: CallContext): Promise<readonly (ProviderConsent | GatewayError)[]>
  /** Already ended, unknown and closed resolve as ended. */
  revoke(key: ConsentKey, psu: PsuContext | null, call: CallContext): Promise<ProviderConsent>
  institutions(call: CallContext): Promise<readonly ProviderInstitution[]>
  accounts?(key: ConsentKey, call: CallContext): Promise<readonly ProviderAccount[]>
  /** Newest first. */
  collections?(user: ProviderUser, call: CallContext): Promise<readonly ProviderCollection[]>
  /** Verifies the signature before anything else. */
  decodeWebhook?(request: WebhookRequest): Promise<readonly ProviderObservation[]>
}

export interface LostStart {
  readonly draft: Secrets
  readonly institutionRef: string | null
  readonly startedAt: Date
  readonly user: ProviderUser | null
}

export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string>>
  /** The bytes as they came: signatures are over them. */
  readonly body: Uint8Array
  readonly receivedAt: Date
}

/** News of a consent that nobody asked for. */
export interface ProviderObservation {
  /** The provider's id of the message; de-duplicates. */
  readonly messageId: string
  readonly consent: ProviderConsent
  readonly userRef: string | null
  readonly institutionRef: string | null
}
