import type { StreamItem } from '../subscribe/consent-events.ts'
import { DemoFailure, failOn, USER_ERRORS, type UserError } from './failure.ts'
import type { Asked, Flow, Stage, Step } from './flow.ts'
import { findInstitution } from './institution.ts'

const START = `mutation ($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) {
    authSession {
      id
      nextStep { id kind title instructions ... on RedirectStep { url } ... on OtpStep { maskedDestination } }
    }
    consent { id }
    ${USER_ERRORS}
  }
}`

interface Started {
  readonly authSession: { readonly id: string; readonly nextStep: Step | null } | null
  readonly consent: { readonly id: string } | null
  readonly userErrors: readonly UserError[]
}

const SHOWN = `query ($id: ID!) {
  authSession(id: $id) { nextStep { id kind title instructions } }
}`

/** Asks for a consent, and waits for what the person must do. The same question whoever reaches the bank. */
export const start = async (stage: Stage, flow: Flow, userId: string, psu: object): Promise<Asked> => {
  const { gateway, column, live, returnTo } = stage
  const institutionId = await findInstitution(stage, flow.bank, flow.provider)
  const input = {
    user: { id: userId },
    target: { institutionId },
    psu,
    returnTo: { success: returnTo },
    idempotencyKey: crypto.randomUUID(),
  }
  column.step('Start the authorization.')
  const { startAuthorization } = await gateway.ask<{ startAuthorization: Started }>(START, { input })
  const { authSession, consent, userErrors } = startAuthorization
  failOn(userErrors)
  if (authSession === null || consent === null) {
    throw new DemoFailure('NO_SESSION', 'Nothing was begun.', 'Read what the gateway logs.')
  }
  let step = authSession.nextStep
  if (step === null) {
    const isStep = (item: StreamItem): boolean => item.consent?.id === consent.id && item.authSession !== undefined
    await live.until('the first step', isStep)
    const shown = await gateway.ask<{ authSession: { nextStep: Step | null } }>(SHOWN, { id: authSession.id })
    step = shown.authSession.nextStep
  }
  if (step === null)
    throw new DemoFailure('NO_STEP', 'The bank asks for nothing.', 'Read `Consent.explain` in GraphiQL.')
  column.result(
    `${step.kind}: ${step.title}${step.maskedDestination == null ? '' : `, sent to ${step.maskedDestination}`}`,
  )
  if (step.instructions !== null) column.result(step.instructions)
  return { authSessionId: authSession.id, consentId: consent.id, step }
}
