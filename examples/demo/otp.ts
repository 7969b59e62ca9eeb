import type { StreamItem } from '../subscribe/follow-events.ts'
import { revokeConsent, showConsent } from './consent.ts'
import { DemoFailure, failOn, USER_ERRORS, type UserError } from './failure.ts'
import type { Flow, Stage } from './flow.ts'
import { readMessage } from './inbox.ts'
import { findInstitution } from './institution.ts'
import { toPerson } from './person.ts'
import { watch } from './watch.ts'

const START = `mutation ($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) {
    authSession { id nextStep { id title instructions ... on OtpStep { maskedDestination } } }
    consent { id }
    ${USER_ERRORS}
  }
}`

const ANSWER = `mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { ${USER_ERRORS} } }`

interface Started {
  readonly authSession: {
    readonly id: string
    readonly nextStep: {
      readonly id: string
      readonly title: string
      readonly instructions: string | null
      readonly maskedDestination?: string | null
    } | null
  } | null
  readonly consent: { readonly id: string } | null
  readonly userErrors: readonly UserError[]
}

/** Nobody's number, and of this run alone, so that no other run's message is read. */
const newPhone = (): string => `+1555${String(Math.floor(Math.random() * 10_000)).padStart(4, '0')}000`

const start = async ({ gateway, screen }: Stage, userId: string, institutionId: string, phone: string) => {
  const input = { user: { id: userId }, target: { institutionId }, psu: { phone }, idempotencyKey: crypto.randomUUID() }
  const { startAuthorization } = await gateway.ask<{ startAuthorization: Started }>(START, { input })
  const { authSession, consent, userErrors } = startAuthorization
  failOn(userErrors)
  const step = authSession?.nextStep
  if (authSession == null || step == null || consent === null) {
    throw new DemoFailure('NO_STEP', 'The bank asks for nothing.', 'Read `Consent.explain` in GraphiQL.')
  }
  screen.result(`${step.title}, sent to ${step.maskedDestination ?? 'the person'}`)
  if (step.instructions !== null) screen.result(step.instructions)
  return { authSessionId: authSession.id, stepId: step.id, consentId: consent.id }
}

export const otp: Flow = {
  name: 'otp',
  title: 'A code by SMS',
  run: async (backend) => {
    const { screen } = backend
    screen.step("The backend creates a user, and a token for that person's screen.")
    const { externalId, userId, token } = await toPerson(backend.gateway)
    screen.result(`${externalId} is ${userId}`)

    screen.step('The screen opens a WebSocket. From here on everything is asked with the token.')
    using live = await watch(backend, token)
    const stage: Stage = { ...backend, gateway: backend.gateway.as(token) }

    screen.step('Which bank? One that sends a code by SMS.')
    const institutionId = await findInstitution(stage, 'OTP by SMS', 'OPEN_BANK_PROJECT')

    screen.step('Start the authorization.')
    const phone = newPhone()
    const { consentId, ...step } = await start(stage, userId, institutionId, phone)

    screen.step('The person reads the SMS.')
    const { text, code } = await readMessage(stage.gateway, phone)
    screen.result(`"${text}"`)

    screen.step(`They type ${code}.`)
    const { answerChallenge } = await stage.gateway.ask<{ answerChallenge: { userErrors: readonly UserError[] } }>(
      ANSWER,
      { input: { ...step, answer: { otp: code } } },
    )
    failOn(answerChallenge.userErrors)
    const isOf = ({ consent }: StreamItem): boolean => consent?.id === consentId
    await live.until('the status AUTHORIZED', (item) => isOf(item) && item.to === 'AUTHORIZED')

    screen.step('Read the consent.')
    await showConsent(stage, consentId)

    screen.step('The person changes their mind: revoke.')
    await revokeConsent(stage, consentId)
    await live.until('the bank to confirm', (item) => isOf(item) && item.revocation?.state === 'CONFIRMED')
    screen.step('The consent has ended, here and at the bank.')
  },
}
