/** What both clients ask for. */
export const CONSENT_EVENTS = `subscription Follow($filter: ConsentStreamFilter, $after: String) {
  consentEvents(filter: $filter, after: $after) {
    __typename
    ... on ConsentSnapshot { cursor truncated consents { id status } }
    ... on ConsentEvent { id cursor at consent { id status provider { id } } }
    ... on ConsentStatusChanged { from to reason }
    ... on ConsentRevocationProgressed { revocation { state } }
    ... on AuthStepChanged { authSession { nextStep { kind title } } }
    ... on StreamGap { gapReason resumeFrom }
  }
}`

/** What is asked for in the type that `__typename` names. */
export interface StreamItem {
  readonly __typename: string
  readonly id?: string
  readonly cursor?: string
  readonly consent?: { readonly id: string; readonly status: string; readonly provider: { readonly id: string } }
  readonly consents?: readonly { readonly id: string; readonly status: string }[]
  readonly to?: string
  readonly reason?: string | null
  readonly revocation?: { readonly state: string }
  readonly authSession?: { readonly nextStep: { readonly title: string } | null }
  readonly resumeFrom?: string
}

export interface FollowOptions {
  /** Of the gateway, as `http://127.0.0.1:4000`. */
  readonly url: string
  /** An API key or a user token. Asked for each connection, so that a token can be renewed. */
  readonly credential: () => string | Promise<string>
  readonly filter?: { readonly user?: object; readonly consentId?: string } | null
  /** Where an earlier process stopped; null begins with a snapshot. */
  readonly after?: string | null
  /** Once per item, in order. Store `item.cursor` together with what you make of the item: then a restart loses nothing. */
  readonly onItem: (item: StreamItem) => void
  /** A connection on which nothing comes for so long, though it should, is given up. Default 10,000 after a ping, 30,000 by SSE. */
  readonly silenceMs?: number
}

export interface Following {
  /** Resolves after `stop`; rejects where trying again is no use, as with a credential that was refused twice. */
  readonly ended: Promise<void>
  stop(): void
}

/** An error of an operation. */
export interface Failure {
  readonly message: string
  readonly extensions?: Readonly<Record<string, unknown>>
}

/** What comes again after this is worth trying. */
export const RETRY_MS = 1_000

/** Does the gateway say that trying again may help, as when it cannot reach its store? */
export const isRetryable = (errors: readonly Failure[]): boolean =>
  errors.length > 0 && errors.every(({ extensions }) => extensions?.['retryable'] === true)
