import type { ConsentStatus, ConsentStatusReason, RevocationState } from './consent.ts'
import type { AuthSessionStatus } from './auth-session.ts'
import type { AuthSessionId, ClientId, ConsentId, RequestId, UserId, WebhookEndpointId } from './ids.ts'
import type { ProviderId } from './provider-id.ts'

/**
 * On whose behalf something was done: an API client by its key, one of its users by a token, the person's browser on its way
 * back from the bank, a provider by a webhook, the gateway by itself, or whoever operates it by the command line.
 */
export type AuditActor = 'CLIENT' | 'USER' | 'BROWSER' | 'PROVIDER' | 'GATEWAY' | 'OPERATOR'

/** What one line says was changed. Ids and words of ours, never a name, a code or a text that anybody typed. */
export type AuditedChange =
  | { readonly what: 'CLIENT'; readonly clientId: ClientId }
  | { readonly what: 'USER'; readonly change: 'CREATED' | 'ERASING' | 'ERASED' | 'TOKEN_ISSUED' }
  | { readonly what: 'PROVIDER_USER'; readonly provider: ProviderId }
  | {
      readonly what: 'CONSENT'
      readonly consentId: ConsentId
      readonly provider: ProviderId
      readonly version: number
      readonly status: ConsentStatus
      readonly reason: ConsentStatusReason | null
      readonly revocation: RevocationState | null
    }
  | {
      readonly what: 'AUTH_SESSION'
      readonly authSessionId: AuthSessionId
      readonly version: number
      readonly status: AuthSessionStatus
    }
  | { readonly what: 'WEBHOOK_ENDPOINT'; readonly endpointId: WebhookEndpointId; readonly enabled: boolean }
  | { readonly what: 'STATEMENT_KEY'; readonly keyId: string; readonly change: 'REVOKED' }

/** Who changed what, committed with the change itself. */
export interface AuditEntry {
  /** Real time. */
  readonly at: Date
  readonly actor: AuditActor
  /** The mutation, route, job or command. */
  readonly action: string
  readonly requestId: RequestId | null
  /** Whose it is; null for what concerns the whole gateway. */
  readonly clientId: ClientId | null
  readonly userId: UserId | null
  readonly consentId: ConsentId | null
  readonly changes: readonly AuditedChange[]
  /** Where it was asked from. The only personal part: forgotten with the user. */
  readonly address: AuditAddress | null
}

/**
 * The chain holds only the mark, so that the rest may go: a mark without its salt says nothing about the address.
 */
export interface AuditAddress {
  /** SHA-256 of salt and address, hex. */
  readonly mark: string
  /** Null once forgotten. */
  readonly known: { readonly ip: string; readonly salt: string } | null
}

/** An entry as it is stored. */
export interface AuditLine extends AuditEntry {
  /** Grows with each line, and leaves gaps. */
  readonly position: number
}

/**
 * Closes some lines off. Each block's hash takes in that of the one before: a line that is changed, removed or put in
 * afterwards breaks it and all that follow.
 */
export interface AuditBlock {
  /** From 1, without gaps. */
  readonly number: number
  readonly at: Date
  readonly lines: number
  /** SHA-256 over the lines, hex. */
  readonly digest: string
  /** SHA-256 over the block before and this one, hex. */
  readonly hash: string
  /** HMAC-SHA-256 of the hash, hex, under a key that is not in the store: who can write there cannot make it. */
  readonly seal: string
  readonly keyId: string
}
