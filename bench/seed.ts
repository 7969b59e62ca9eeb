import { toInstitutionId } from '../src/domain/institution.ts'
import type { Installation, RunningGateway } from './gateway.ts'
import { CONSENTS_PER_USER, type SeededUser, USERS } from './workloads.ts'

type Ask = <Data>(query: string, variables: object) => Promise<Data>

const askerOf =
  ({ port }: RunningGateway, { apiKey }: Installation): Ask =>
  async <Data>(query: string, variables: object) => {
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = (await response.json()) as { readonly data?: Data; readonly errors?: unknown }
    if (data === undefined || errors !== undefined) throw new Error(JSON.stringify(errors))
    return data
  }

const START = `mutation ($input: StartAuthorizationInput!) {
  startAuthorization(input: $input) {
    authSession { id nextStep { id } } userErrors { ... on UserError { code message } }
  }
}`
const ANSWER = `mutation ($input: AnswerChallengeInput!) {
  answerChallenge(input: $input) { consent { id status } userErrors { ... on UserError { code message } } }
}`

interface Started {
  readonly startAuthorization: {
    readonly authSession: { readonly id: string; readonly nextStep: { readonly id: string } }
  }
}
interface Answered {
  readonly answerChallenge: { readonly consent: { readonly id: string; readonly status: string } | null }
}

const authorize = async (ask: Ask, userId: string, bankId: string): Promise<string> => {
  const institutionId = toInstitutionId({ provider: 'OPEN_BANK_PROJECT', ref: bankId })
  const { startAuthorization } = await ask<Started>(START, {
    input: { user: { id: userId }, target: { institutionId }, psu: { phone: '+15550100' } },
  })
  const { id: authSessionId, nextStep } = startAuthorization.authSession
  const { answerChallenge } = await ask<Answered>(ANSWER, {
    input: { authSessionId, stepId: nextStep.id, answer: { otp: '123' } },
  })
  if (answerChallenge.consent?.status !== 'AUTHORIZED') throw new Error(JSON.stringify(answerChallenge))
  return answerChallenge.consent.id
}

/** Users, each with consents at a bank of their own, made the way a client makes them. */
export const seed = async (gateway: RunningGateway, installation: Installation): Promise<readonly SeededUser[]> => {
  const ask = askerOf(gateway, installation)
  const users: SeededUser[] = []
  for (let index = 0; index < USERS; index += 1) {
    const { createUser } = await ask<{ readonly createUser: { readonly user: { readonly id: string } } }>(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
      { input: { externalId: `bench-${index}` } },
    )
    const { id } = createUser.user
    const consentIds: string[] = []
    for (let count = 0; count < CONSENTS_PER_USER; count += 1) {
      consentIds.push(await authorize(ask, id, `bank.${index}`))
    }
    const { createUserToken } = await ask<{ readonly createUserToken: { readonly token: string } }>(
      'mutation ($input: CreateUserTokenInput!) { createUserToken(input: $input) { token } }',
      { input: { user: { id }, ttlSeconds: 3600 } },
    )
    users.push({ id, token: createUserToken.token, consentIds })
  }
  return users
}
