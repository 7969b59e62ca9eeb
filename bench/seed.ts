import type { ProviderId } from '../src/domain/provider-id.ts'
import { toInstitutionId } from '../src/domain/institution.ts'
import { DOUBLE_PATHS, obpTokenOf } from './double-answer.ts'
import type { Installation, RunningGateway } from './gateway.ts'
import {
  CONSENTS_OF_ONE_PROVIDER,
  CONSENTS_ON_A_DASHBOARD,
  PEOPLE_WITH_FOUR,
  RETURN_TO,
  type Seat,
  SEATS,
  type SeededUser,
} from './workloads.ts'

type Ask = <Data>(query: string, variables: object) => Promise<Data>

interface Maker {
  readonly ask: Ask
  readonly providerUrl: string
}

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

const ATTEMPT = `authSession { id nextStep { id ... on RedirectStep { url } } consent { id status } }
  userErrors { ... on UserError { code message } }`
const START = `mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) { ${ATTEMPT} } }`
const ANSWER = `mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { ${ATTEMPT} } }`
const COMPLETE = `mutation ($input: CompleteAuthorizationInput!) { completeAuthorization(input: $input) { ${ATTEMPT} } }`

interface Session {
  readonly id: string
  readonly nextStep: { readonly id: string; readonly url?: string } | null
  readonly consent: { readonly id: string; readonly status: string }
}
type Attempts = Readonly<Record<string, { readonly authSession: Session | null }>>

interface Way {
  /** Of one of the double's institutions. */
  ref(index: number): string
  /** Beside user and institution. */
  readonly input: object
  /** Where the double has the page that the person is sent to; null where there is none. */
  readonly page: string | null
}

/** As if a browser had gone there: the address that it is sent back to. */
const visit = async (root: string, url: string): Promise<string> => {
  const { pathname, search } = new URL(url)
  const { location } = (await (await fetch(root + pathname + search)).json()) as { readonly location: string }
  return location
}

const waysFor = (userId: string): Readonly<Record<ProviderId, Way>> => ({
  ENABLE_BANKING: {
    ref: (index) => `FI:Bank ${index}`,
    input: { returnTo: { success: RETURN_TO } },
    page: DOUBLE_PATHS.enableBanking,
  },
  FISKIL: {
    ref: (index) => String(1000 + index),
    input: { returnTo: { success: RETURN_TO } },
    page: DOUBLE_PATHS.fiskil,
  },
  INSURELY: {
    ref: (index) => `se-bank-${index}`,
    input: { psu: { personalNumber: '199001011234' } },
    page: null,
  },
  OPEN_BANK_PROJECT: {
    ref: (index) => `bank.${index}`,
    input: {
      psu: { phone: '+15550100' },
      providerOptions: { openBankProject: { userToken: `DirectLogin ${obpTokenOf(userId)}` } },
    },
    page: null,
  },
})

const authorize = async ({ ask, providerUrl }: Maker, userId: string, provider: ProviderId, index: number) => {
  const { ref, input, page } = waysFor(userId)[provider]
  const institutionId = toInstitutionId({ provider, ref: ref(index) })
  const started = await ask<Attempts>(START, { input: { user: { id: userId }, target: { institutionId }, ...input } })
  const session = started['startAuthorization']?.authSession
  if (session == null) throw new Error(JSON.stringify(started))
  const { id: authSessionId, nextStep } = session
  const finish = async (): Promise<Attempts> => {
    if (nextStep === null) return started
    if (nextStep.url === undefined || page === null) {
      return await ask<Attempts>(ANSWER, { input: { authSessionId, stepId: nextStep.id, answer: { otp: '123' } } })
    }
    const callbackUrl = await visit(providerUrl + page, nextStep.url)
    return await ask<Attempts>(COMPLETE, { input: { authSessionId, callbackUrl } })
  }
  const ended = await finish()
  const consent = Object.values(ended)[0]?.authSession?.consent
  if (consent?.status !== 'AUTHORIZED') throw new Error(JSON.stringify(ended))
  return consent.id
}

const makeUser = async (
  maker: Maker,
  externalId: string,
  consents: readonly (readonly [provider: ProviderId, institution: number])[],
): Promise<SeededUser> => {
  const { ask } = maker
  const { createUser } = await ask<{ readonly createUser: { readonly user: { readonly id: string } } }>(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { externalId } },
  )
  const { id } = createUser.user
  const consentIds: string[] = []
  for (const [provider, institution] of consents) consentIds.push(await authorize(maker, id, provider, institution))
  const { createUserToken } = await ask<{ readonly createUserToken: { readonly token: string } }>(
    'mutation ($input: CreateUserTokenInput!) { createUserToken(input: $input) { token } }',
    { input: { user: { id }, ttlSeconds: 3600 } },
  )
  // What a provider says on the second look that it did not say on the first is learned now.
  await ask('query ($id: ID!) { user(ref: { id: $id }) { consents(maxAgeSeconds: 0) { nodes { id } } } }', { id })
  return { id, token: createUserToken.token, consentIds }
}

const PROVIDERS = ['ENABLE_BANKING', 'FISKIL', 'OPEN_BANK_PROJECT', 'INSURELY'] as const satisfies readonly ProviderId[]

const makeSeat = async (maker: Maker, index: number): Promise<Seat> => {
  const some = Array.from({ length: CONSENTS_OF_ONE_PROVIDER }, () => ['ENABLE_BANKING', index] as const)
  const quarter = Array.from({ length: CONSENTS_ON_A_DASHBOARD / PROVIDERS.length }, (_, bank) => index + bank)
  return {
    one: await makeUser(maker, `bench-one-${index}`, some),
    four: await Promise.all(
      Array.from({ length: PEOPLE_WITH_FOUR }, (_, person) =>
        makeUser(
          maker,
          `bench-four-${index}-${person}`,
          PROVIDERS.map((provider) => [provider, index] as const),
        ),
      ),
    ),
    many: await makeUser(
      maker,
      `bench-many-${index}`,
      PROVIDERS.flatMap((provider) => quarter.map((bank) => [provider, bank] as const)),
    ),
    institutionId: toInstitutionId({ provider: 'ENABLE_BANKING', ref: `FI:Bank ${index}` }),
  }
}

/** Everybody who asks, with their consents, made the way a client makes them. */
export const seed = async (gateway: RunningGateway, installation: Installation): Promise<readonly Seat[]> => {
  const maker = { ask: askerOf(gateway, installation), providerUrl: installation.providerUrl }
  return await Promise.all(Array.from({ length: SEATS }, (_, index) => makeSeat(maker, index)))
}
