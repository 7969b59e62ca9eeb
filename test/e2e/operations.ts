import { toInstitutionId } from '../../src/domain/institution.ts'
import type { AskOptions, GatewayProcess } from './gateway-process.ts'

/** The fields of `userErrors`, those of all its types. */
export interface UserError {
  readonly __typename: string
  readonly code: string
  readonly message: string
  readonly path: readonly string[] | null
  readonly attemptsRemaining?: number | null
  readonly consentLost?: boolean
  readonly consentStatus?: string | null
  readonly sessionStatus?: string | null
  readonly retryAt?: string | null
  readonly currentStep?: { readonly id: string } | null
  readonly problem?: Problem
}

export interface Problem {
  readonly code: string
  readonly retryable: boolean
  readonly retryAt: string | null
  readonly providerCode: string | null
  readonly requestId: string
}

export interface Step {
  readonly id: string
  readonly kind: string
  readonly channel: string
  readonly maskedDestination: string | null
  readonly pattern: string | null
  readonly attemptsRemaining: number | null
  readonly canResend: boolean
  readonly onWrongAnswer: string
}

export interface Session {
  readonly id: string
  readonly sessionStatus: string
  readonly isFinal: boolean
  readonly version: number
  readonly nextStep: Step | null
  readonly problem: Problem | null
}

export interface Consent {
  readonly id: string
  readonly status: string
  readonly statusReason: string | null
  readonly version: number
  readonly providerConsentId: string | null
  readonly expiresAt: string | null
  readonly revokedAt: string | null
  readonly primaryAction: string
  readonly access: {
    readonly permissions: readonly string[]
    readonly accountIds: readonly string[] | null
    readonly validFrom: string | null
    readonly validUntil: string | null
  } | null
  readonly revocation: {
    readonly state: string
    readonly attempts: number
    readonly confirmedAt: string | null
    readonly lastProblem: Problem | null
  } | null
}

export interface Payload {
  readonly authSession: Session | null
  readonly consent: Consent | null
  readonly userErrors: readonly UserError[]
}

const FRAGMENTS = {
  Problem: 'fragment Problem on ProviderProblem { code retryable retryAt providerCode requestId }',
  Session: /* GraphQL */ `
    fragment Session on AuthSession {
      id
      sessionStatus
      isFinal
      version
      problem {
        ...Problem
      }
      nextStep {
        id
        kind
        ... on OtpStep {
          channel
          maskedDestination
          pattern
          attemptsRemaining
          canResend
          onWrongAnswer
        }
      }
    }
  `,
  Consent: /* GraphQL */ `
    fragment Consent on Consent {
      id
      status
      statusReason
      version
      providerConsentId
      expiresAt
      revokedAt
      primaryAction
      access {
        permissions
        accountIds
        validFrom
        validUntil
      }
      revocation {
        state
        attempts
        confirmedAt
        lastProblem {
          ...Problem
        }
      }
    }
  `,
} as const

/** Adds the fragments that an operation spreads: `...Consent`, `...Session`, `...Problem`. */
export const withFragments = (operation: string): string =>
  (['Consent', 'Session', 'Problem'] as const).reduce(
    (text, name) => (text.includes(`...${name}`) ? text + FRAGMENTS[name] : text),
    operation,
  )

const ERRORS = {
  UserError: 'code message path',
  StateConflictError: 'consentStatus sessionStatus',
  RequestError: 'retryAt',
  ProviderError: 'problem { ...Problem }',
  StepChangedError: 'currentStep { id }',
  WrongOtpError: 'attemptsRemaining consentLost',
} as const
type ErrorType = keyof typeof ERRORS

const EVERYWHERE = ['UserError', 'StateConflictError', 'RequestError', 'ProviderError'] as const

/** @param more error types that only this payload's union has */
const mutation = (name: string, fields: string, more: readonly ErrorType[] = []): string => {
  const errors = [...EVERYWHERE, ...more].map((type) => `... on ${type} { ${ERRORS[type]} }`)
  const input = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}Input!`
  const selection = `${fields} userErrors { __typename ${errors.join(' ')} }`
  return withFragments(`mutation ($input: ${input}) { answer: ${name}(input: $input) { ${selection} } } `)
}

const BOTH = 'authSession { ...Session } consent { ...Consent }'

const MUTATIONS = {
  startAuthorization: mutation('startAuthorization', BOTH),
  answerChallenge: mutation('answerChallenge', BOTH, ['WrongOtpError', 'StepChangedError']),
  resendChallenge: mutation('resendChallenge', 'authSession { ...Session }', ['StepChangedError']),
  cancelAuthorization: mutation('cancelAuthorization', BOTH),
  revokeConsent: mutation('revokeConsent', 'consent { ...Consent }'),
  renewConsent: mutation('renewConsent', BOTH),
} as const

export const bank = (ref: string): string => toInstitutionId({ provider: 'OPEN_BANK_PROJECT', ref })

let numbers = 0
/** A phone that nobody else has in this run. */
export const newPhone = (): string => `+1555${String(1_000_000 + (numbers += 1))}`

/** A waiting authorization by SMS, and what the person needs to finish it. */
export interface Begun {
  readonly session: Session
  readonly step: Step
  readonly consent: Consent
  readonly phone: string
}

/** The operations of a client, in the words of the schema. */
export const operationsOf = (gateway: Pick<GatewayProcess, 'graphql'>, options: AskOptions = {}) => {
  const run = async (name: keyof typeof MUTATIONS, input: object, changed: AskOptions = {}): Promise<Payload> =>
    (await gateway.graphql<{ answer: Payload }>(MUTATIONS[name], { input }, { ...options, ...changed })).answer

  const start = (input: object = {}, changed?: AskOptions): Promise<Payload> =>
    run(
      'startAuthorization',
      { user: { externalId: 'demo-user' }, target: { institutionId: bank('sandbox.otp') }, ...input },
      changed,
    )

  /** Starts with a phone, and insists on its step. */
  const begin = async (input: object = {}, changed?: AskOptions): Promise<Begun> => {
    const phone = newPhone()
    const { authSession, consent, userErrors } = await start({ psu: { phone }, ...input }, changed)
    if (authSession?.nextStep == null || consent === null) throw new Error(JSON.stringify(userErrors))
    return { session: authSession, step: authSession.nextStep, consent, phone }
  }

  const answer = (begun: Pick<Begun, 'session' | 'step'>, otp: string, more: object = {}): Promise<Payload> =>
    run('answerChallenge', { authSessionId: begun.session.id, stepId: begun.step.id, answer: { otp }, ...more })

  return {
    run,
    start,
    begin,
    answer,
    /** The whole way to a live consent. */
    authorize: async (input: object = {}): Promise<Begun & { readonly consent: Consent }> => {
      const begun = await begin(input)
      const { consent, userErrors } = await answer(begun, '123')
      if (consent?.status !== 'AUTHORIZED') throw new Error(JSON.stringify(userErrors))
      return { ...begun, consent }
    },
    resend: (begun: Pick<Begun, 'session' | 'step'>, more: object = {}): Promise<Payload> =>
      run('resendChallenge', { authSessionId: begun.session.id, stepId: begun.step.id, ...more }),
    cancel: (authSessionId: string, more: object = {}): Promise<Payload> =>
      run('cancelAuthorization', { authSessionId, ...more }),
    revoke: (consentId: string, more: object = {}): Promise<Payload> => run('revokeConsent', { consentId, ...more }),
    createUser: async (externalId: string): Promise<string> => {
      const { createUser } = await gateway.graphql<{ createUser: { user: { id: string } } }>(
        'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
        { input: { externalId } },
        options,
      )
      return createUser.user.id
    },
    token: async (externalId: string): Promise<string> => {
      const { createUserToken } = await gateway.graphql<{ createUserToken: { token: string } }>(
        'mutation ($input: CreateUserTokenInput!) { createUserToken(input: $input) { token } }',
        { input: { user: { externalId } } },
        options,
      )
      return createUserToken.token
    },
    consent: async (id: string, maxAgeSeconds = 1000): Promise<Consent | null> =>
      (
        await gateway.graphql<{ consent: Consent | null }>(
          withFragments('query ($id: ID!, $age: Int) { consent(id: $id, maxAgeSeconds: $age) { ...Consent } } '),
          { id, age: maxAgeSeconds },
          options,
        )
      ).consent,
    session: async (id: string): Promise<Session | null> =>
      (
        await gateway.graphql<{ authSession: Session | null }>(
          withFragments('query ($id: ID!) { authSession(id: $id) { ...Session } } '),
          { id },
          options,
        )
      ).authSession,
  }
}

export type Operations = ReturnType<typeof operationsOf>
