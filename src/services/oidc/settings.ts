import type { ClientId } from '../../domain/ids.ts'

/** Whose tokens are taken beside the gateway's own, and what they are worth here. */
export interface OidcSettings {
  /** As it stands in `iss` and in the issuer's own discovery document, to the letter. */
  readonly issuer: string
  /** One of the token's `aud`. */
  readonly audience: string
  /** Whose users the token's persons are. */
  readonly apiClient: ClientId
  /** The claim that holds the user's `externalId`. */
  readonly userClaim: string
  /** The claim that narrows what a user token may do; null: nothing does. */
  readonly scopeClaim: string | null
}
