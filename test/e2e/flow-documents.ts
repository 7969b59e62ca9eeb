/** One document for everything that a screen or a service wants to know of a consent. */
export const CONSENT = /* GraphQL */ `
  query ($id: ID!) {
    consent(id: $id, maxAgeSeconds: 0) {
      id
      status
      statusReason
      isFinal
      primaryAction
      expiresAt
      authorizedAt
      provider {
        id
        sandbox
        capabilities {
          accounts
        }
      }
      providerConsentId
      providerStatus {
        raw
        recognized
        source
      }
      access {
        validUntil
      }
      requestedAccess {
        balances
        transactions
      }
      institution {
        id
        name
        steps
      }
      source {
        outcome
        stale
        problem {
          code
        }
      }
      user {
        id
        links {
          provider {
            id
          }
          providerUserId
        }
      }
      currentSession {
        id
      }
      accounts {
        nodes {
          id
          identity
          name
        }
        source {
          outcome
        }
      }
      history {
        nodes {
          id
          __typename
          consentVersion
          ... on ConsentStatusChanged {
            from
            to
            reason
          }
        }
      }
      explain {
        nodes {
          source
          to
          applied
          rule
        }
      }
    }
  }
`

/** All that a person has, wherever it is. */
export const OF_USER = /* GraphQL */ `
  query ($user: UserRef!) {
    user(ref: $user) {
      consents(maxAgeSeconds: 0) {
        totalCount
        nodes {
          id
          status
          provider {
            id
          }
          institution {
            id
          }
          source {
            outcome
          }
        }
        sources {
          provider {
            id
          }
          outcome
          stale
          problem {
            code
          }
        }
      }
    }
  }
`

export const REVOKE = /* GraphQL */ `
  mutation ($input: RevokeConsentInput!) {
    revokeConsent(input: $input) {
      consent {
        status
        statusReason
        primaryAction
        revocation {
          state
          attempts
          lastProblem {
            code
          }
        }
      }
      userErrors {
        __typename
      }
    }
  }
`

export const EVENTS = /* GraphQL */ `
  subscription ($user: UserRef!) {
    consentEvents(filter: { user: $user }) {
      __typename
      ... on ConsentEvent {
        id
        consent {
          id
        }
      }
      ... on ConsentStatusChanged {
        from
        to
      }
      ... on ConsentRevocationProgressed {
        revocation {
          state
        }
      }
    }
  }
`

export interface FlowEvent {
  readonly __typename: string
  readonly id: string
  readonly consent: { readonly id: string }
  readonly from: string | null
  readonly to: string
  readonly revocation: { readonly state: string }
}

export interface FlowConsent {
  readonly accounts: { readonly nodes: readonly unknown[]; readonly source: { readonly outcome: string } }
  readonly provider: { readonly id: string; readonly capabilities: { readonly accounts: boolean } }
  readonly user: { readonly links: readonly object[] }
  readonly history: { readonly nodes: readonly { readonly id: string; readonly to?: string }[] }
  readonly explain: { readonly nodes: readonly { readonly applied: boolean; readonly to: string }[] }
  readonly institution: { readonly steps: readonly string[] }
}
