import type { UserError } from './operations.ts'

export interface Problem {
  readonly code: string
  readonly providerCode: string | null
}

export interface RedirectStep {
  readonly id: string
  readonly kind: string
  readonly url: string
  readonly popupAllowed: boolean
  readonly iframeAllowed: boolean
}

export interface SessionView {
  readonly id: string
  readonly sessionStatus: string
  readonly isFinal: boolean
  readonly version: number
  readonly sessionExpiresAt: string
  readonly nextStep: RedirectStep | null
  readonly problem: Problem | null
}

export interface ConsentView {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly version: number
  readonly expiresAt: string | null
  readonly providerConsentId: string | null
  readonly primaryAction: string
  readonly providerStatus: {
    readonly raw: string | null
    readonly detail: string | null
    readonly source: string
  } | null
  readonly revocation: { readonly state: string; readonly attempts: number } | null
  readonly renewedFrom: { readonly id: string } | null
  readonly supersededBy: { readonly id: string } | null
}

export interface Payload {
  readonly authSession: SessionView | null
  readonly consent: ConsentView | null
  readonly userErrors: readonly (UserError & { readonly problem?: Problem })[]
}

const SESSION_FIELDS = /* GraphQL */ `
  fragment Session on AuthSession {
    id
    sessionStatus
    isFinal
    version
    sessionExpiresAt
    problem {
      code
      providerCode
    }
    nextStep {
      id
      kind
      ... on RedirectStep {
        url
        popupAllowed
        iframeAllowed
      }
      ... on QrStep {
        frame {
          data
        }
      }
      ... on OtpStep {
        channel
      }
    }
  }
`

const CONSENT_FIELDS = /* GraphQL */ `
  fragment Consent on Consent {
    id
    status
    statusReason
    version
    expiresAt
    providerConsentId
    primaryAction
    providerStatus {
      raw
      detail
      source
    }
    revocation {
      state
      attempts
    }
    renewedFrom {
      id
    }
    supersededBy {
      id
    }
  }
`

const FRAGMENTS = SESSION_FIELDS + CONSENT_FIELDS

const ERRORS = /* GraphQL */ `
  userErrors {
    __typename
    ... on UserError {
      code
      message
      path
    }
    ... on StateConflictError {
      consentStatus
      sessionStatus
    }
    ... on ProviderError {
      problem {
        code
        providerCode
      }
    }
  }
`

const mutation = (name: string): string => {
  const type = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input!`
  const fields = `authSession { ...Session } consent { ...Consent } ${ERRORS}`
  return `mutation ($input: ${type}) { answer: ${name}(input: $input) { ${fields} } } ${FRAGMENTS}`
}

export const MUTATIONS = {
  startAuthorization: mutation('startAuthorization'),
  completeAuthorization: mutation('completeAuthorization'),
  cancelAuthorization: mutation('cancelAuthorization'),
  renewConsent: mutation('renewConsent'),
  answerChallenge: mutation('answerChallenge'),
} as const

export const SESSION = `query ($id: ID!) { authSession(id: $id) { ...Session consent { ...Consent } } } ${FRAGMENTS}`
export const CONSENT = `query ($id: ID!, $age: Int) { consent(id: $id, maxAgeSeconds: $age) { ...Consent } } ${CONSENT_FIELDS}`
export const EXPLAIN = `query ($id: ID!) { consent(id: $id, maxAgeSeconds: 100000) {
  explain(first: 100) { nodes { source providerRaw to applied rule repeated } } } }`
export const EVENTS = `subscription ($id: ID!) { consentEvents(filter: { consentId: $id }) {
  __typename ... on ConsentStatusChanged { from to reason } } }`

export interface StreamItem {
  readonly __typename: string
  readonly from: string | null
  readonly to: string
  readonly reason: string | null
}

export interface Explained {
  readonly source: string
  readonly providerRaw: string | null
  readonly to: string | null
  readonly applied: boolean
  readonly rule: string
  readonly repeated: number
}
