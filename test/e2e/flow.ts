import type { Answer, AskOptions, GatewayProcess } from './gateway-process.ts'
import type { LiveClient, LiveStream } from './live-client.ts'
import type { UserError } from './operations.ts'

/** A step of any kind: the fields of that kind are there. */
export interface AnyStep {
  readonly id: string
  readonly kind: 'REDIRECT' | 'OTP' | 'QR' | 'APP_LAUNCH'
  readonly title: string
  readonly url: string
  readonly hint: string | null
  readonly scanned: boolean
  readonly frame: Frame
  readonly launch: { readonly autoStartToken: string } | null
  readonly autoStartToken: string
  readonly universalLink: string
  readonly appLink: string
}

export interface Frame {
  readonly data: string
  readonly svg: string
  readonly sequence: number
  readonly validUntil: string
}

export interface FlowSession {
  readonly id: string
  readonly sessionStatus: string
  readonly isFinal: boolean
  readonly version: number
  readonly nextStep: AnyStep | null
  readonly problem: { readonly code: string } | null
  readonly consent: { readonly id: string; readonly status: string; readonly statusReason: string | null }
}

export interface Started {
  readonly authSession: FlowSession | null
  readonly consent: { readonly id: string; readonly status: string } | null
  readonly userErrors: readonly UserError[]
}

export const SESSION = /* GraphQL */ `
  fragment AnySession on AuthSession {
    id
    sessionStatus
    isFinal
    version
    problem {
      code
    }
    consent {
      id
      status
      statusReason
    }
    nextStep {
      id
      kind
      title
      ... on RedirectStep {
        url
      }
      ... on QrStep {
        hint
        scanned
        frame {
          data
          svg
          sequence
          validUntil
        }
        launch {
          autoStartToken
        }
      }
      ... on AppLaunchStep {
        hint
        autoStartToken
        universalLink
        appLink
      }
    }
  }
`

const ERRORS = /* GraphQL */ `
  __typename
  ... on UserError {
    code
    message
    path
  }
`

const START = /* GraphQL */ `
  mutation ($input: StartAuthorizationInput!) {
    startAuthorization(input: $input) {
      authSession {
        ...AnySession
      }
      consent {
        id
        status
      }
      userErrors {
        ${ERRORS}
      }
    }
  }
  ${SESSION}
`

const ANSWER = /* GraphQL */ `
  mutation ($input: AnswerChallengeInput!) {
    answerChallenge(input: $input) {
      userErrors {
        ${ERRORS}
      }
    }
  }
`

const FOLLOW = `subscription ($id: ID!) { authSession(id: $id) { ...AnySession } } ${SESSION}`

const ALL_STEPS = ['REDIRECT', 'OTP', 'QR', 'APP_LAUNCH', 'DECOUPLED', 'SELECT_METHOD', 'FORM']

/** The documents of a client that knows no provider: only the institution and what it asks of the person vary. */
export const flowOf = (
  gateway: GatewayProcess,
  options: AskOptions = {},
  returnTo = `${gateway.url}/sandbox/return`,
) => ({
  start: async (user: string, institutionId: string, psu: object = {}): Promise<Started> => {
    const input = {
      user: { externalId: user },
      target: { institutionId },
      psu,
      supportedSteps: ALL_STEPS,
      returnTo: { success: returnTo },
    }
    return (await gateway.graphql<{ startAuthorization: Started }>(START, { input }, options)).startAuthorization
  },
  answer: async (authSessionId: string, stepId: string, otp: string): Promise<readonly UserError[]> => {
    const input = { authSessionId, stepId, answer: { otp } }
    const asked: Answer<{ answerChallenge: { userErrors: readonly UserError[] } }> = await gateway.ask(
      ANSWER,
      { input },
      options,
    )
    if (asked.data == null) throw new Error(asked.text)
    return asked.data.answerChallenge.userErrors
  },
  follow: (live: LiveClient, id: string): LiveStream<FlowSession> =>
    live.subscribe<{ authSession: FlowSession }, 'authSession'>('authSession', FOLLOW, { id }),
})

export type Flow = ReturnType<typeof flowOf>
