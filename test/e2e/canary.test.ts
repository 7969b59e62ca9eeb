import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyStep } from './flow.ts'
import { type Connected, fourWays, institution, openScene, type Scene, type Way } from './four-ways.ts'
import { EVENTS, filesOf, findSecrets, tokensOfProviders } from './leak-search.ts'
import { ANYTHING } from './sandbox-control.ts'

/** Each is seen nowhere else, so that a find is a leak. */
const GIVEN = {
  otp: '90817263',
  personalNumber: '197703231234',
  phone: '+15559081726',
  email: 'canary.person@mail.example',
  ipAddress: '203.0.113.91',
  userAgent: 'CanaryBrowser/9.1',
  bankUser: 'canary-bank-user',
  bankPassword: 'canary-bank-password',
  said: 'canary said by a provider',
} as const
const API_KEY = 'cg_dev_canary_key_0123456789abcdef'
/** What the gateway is configured with, in the sandbox. */
const CONFIGURED = ['sandbox-only', 'sandbox-consumer-key', 'sandbox-insurely-key', 'c2FuZGJveC1vbmx5']
/** Learned on the way: codes, states, links, frames, tokens of the providers. */
const learned = new Set<string>()
const JWT = /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/

const { email, ipAddress, userAgent, personalNumber } = GIVEN
const PSU = { email, ipAddress, userAgent, personalNumber, phone: GIVEN.phone }

let scene: Scene
const said: string[] = []
const errors: string[] = []
const connected: Connected[] = []

/** Errors of any kind are kept; what else an answer holds is the caller's. */
const ask = async (query: string, variables: object = {}, as?: string): Promise<void> => {
  const { text, errors: thrown } = await scene.gateway.ask(query, variables, as === undefined ? {} : { as })
  if (thrown.length > 0) errors.push(JSON.stringify(thrown))
  for (const [found] of text.matchAll(/"userErrors":\[.+?\]/g)) errors.push(found)
}

const start = (institutionId: string, more: object = {}): Promise<void> =>
  ask(
    `mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) { userErrors {
      __typename ... on UserError { code message path } ... on ProviderError { problem { code message providerCode } }
    } } }`,
    {
      input: {
        user: { externalId: 'canary' },
        target: { institutionId },
        psu: PSU,
        returnTo: { success: `${scene.gateway.url}/sandbox/return` },
        ...more,
      },
    },
  )

const answer = (authSessionId: string, stepId: string, otp: unknown): Promise<void> =>
  ask(
    `mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { userErrors {
      __typename ... on UserError { code message path }
    } } }`,
    { input: { authSessionId, stepId, answer: { otp } } },
  )

const remember = ({ kind, url, frame, autoStartToken, launch }: AnyStep): void => {
  if (kind === 'REDIRECT') learned.add(url)
  for (const secret of [frame?.data, frame?.data.split('.')[1], autoStartToken, launch?.autoStartToken]) {
    if (secret) learned.add(secret)
  }
}

const rememberCallback = (back: URL | null): void => {
  for (const name of ['code', 'state']) {
    const secret = back?.searchParams.get(name)
    if (secret) learned.add(secret)
  }
}

/** The way of each provider for this person, and each of its ends that the person can bring about. */
const ways = fourWays().map((way): Way => ({ ...way, psu: PSU }))
const ENDS: Readonly<Record<string, readonly string[]>> = {
  REDIRECT: ['deny', 'wrong-password', 'bank-error', 'lose-state', 'late', 'early-denial'],
  HOSTED: ['deny', 'wrong-otp', 'bank-error', 'unknown-error', 'early-denial'],
  BANKID: ['cancel', 'other-person', 'fail'],
}

/** Nothing that is certain has been said: the session stays open for as long as it may. */
const LEAVES_OPEN = new Set(['lose-state', 'late', 'early-denial', 'unknown-error'])

const goThroughAll = async (): Promise<void> => {
  for (const way of ways) {
    const begun = await scene.begin('canary', way)
    remember(begun.nextStep)
    if (begun.nextStep.kind === 'OTP') {
      await answer(begun.id, begun.nextStep.id, `${GIVEN.otp}x`)
      await answer(begun.id, begun.nextStep.id, Number(GIVEN.otp))
      await answer(begun.id, begun.nextStep.id, GIVEN.otp)
    }
    connected.push(await scene.connect('canary', way))
    for (const end of ENDS[way.name] ?? []) {
      const again = await scene.begin('canary', way)
      remember(again.nextStep)
      const back = await scene.person.act(again, PSU, end)
      rememberCallback(back)
      if (back !== null) {
        await fetch(back, { redirect: 'manual' })
        await fetch(back, { redirect: 'manual' })
      }
      if (!LEAVES_OPEN.has(end)) await scene.untilOver(again.id)
    }
  }
}

/** Answers that quote what they were asked, and answers that are none. */
const FAULTS = [
  { kind: 'status', status: 400, body: { message: `${GIVEN.said}: ${GIVEN.phone}`, error: GIVEN.said } },
  { kind: 'status', status: 500, body: { message: `${GIVEN.said}: ${GIVEN.otp}`, errorMessage: GIVEN.said } },
  { kind: 'status', status: 401, body: { error: GIVEN.said } },
  { kind: 'html' },
  { kind: 'malformed' },
  { kind: 'truncate' },
  { kind: 'reset-after-effect' },
]

const failAtAll = async (): Promise<void> => {
  for (const { way, consentId, simulator } of connected) {
    for (const fault of FAULTS) {
      await simulator.fault({ ...fault, match: ANYTHING, times: 50 })
      await start(way.institutionId)
      await ask(
        'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 0) { status source { problem { code message } } } }',
        {
          id: consentId,
        },
      )
      await simulator.heal()
    }
    await simulator.fault({ ...FAULTS[1], match: ANYTHING, times: 50 })
    await ask('mutation ($id: ID!) { revokeConsent(input: { consentId: $id }) { userErrors { __typename } } }', {
      id: consentId,
    })
    await simulator.heal()
  }
}

/** Requests that are wrong themselves, with something secret in them. */
const askBadly = async (): Promise<void> => {
  const embedded = institution('ENABLE_BANKING', 'DE:Sandbox Embedded')
  const credentials = [
    { name: 'userId', value: GIVEN.bankUser },
    { name: 'password', value: GIVEN.bankPassword },
  ]
  await start(embedded, { providerOptions: { enableBanking: { authMethod: 'password', credentials } } })
  await start(embedded, { providerOptions: { enableBanking: { credentials } } })
  await start(embedded, { providerOptions: { enableBanking: { authMethod: 'none', credentials } } })
  for (const { institutionId } of ways) {
    await start(institutionId, { psu: { ...PSU, personalNumber: Number(GIVEN.personalNumber) } })
    await start(institutionId, { psu: { ...PSU, personalNumber: `${GIVEN.personalNumber}0` } })
    await start(institutionId, { psu: { ...PSU, phone: `${GIVEN.phone}x`, email: `${GIVEN.email} x` } })
    await start(institutionId, { idempotencyKey: `canary-${institutionId.slice(-20)}` })
  }
  await ask(`{ me(phone: "${GIVEN.phone}") { id } }`)
  await ask(`{ user(ref: { externalId: ${GIVEN.otp} }) { id } }`)
  await ask('{ me { id } }', {}, `${API_KEY}x`)
  await ask('{ me { id } }', {}, `${scene.gateway.userToken}x`)
  for (const provider of ['enableBanking', 'fiskil', 'nobody']) {
    const query = new URLSearchParams({ code: GIVEN.otp, state: GIVEN.said, error_description: GIVEN.phone })
    await fetch(`${scene.gateway.url}/callback/${provider}?${query.toString()}`, { redirect: 'manual' })
    await fetch(`${scene.gateway.url}/webhooks/${provider}`, { method: 'POST', body: JSON.stringify(PSU) })
  }
}

beforeAll(async () => {
  scene = await openScene({
    env: { LOG_LEVEL: 'trace', CONSENTGRAPH_API_KEY: API_KEY, GRAPHQL_MAX_COST: '1000000', CALLBACK_GRACE_MS: '100' },
  })
  await scene.createUser('canary')
  await goThroughAll()
  await failAtAll()
  await askBadly()
  for (let after: string | null = null, more = true; more;) {
    const page: { consentEvents: { pageInfo: { hasNextPage: boolean; endCursor: string | null } } } =
      await scene.gateway.graphql(EVENTS, { after })
    said.push(JSON.stringify(page))
    after = page.consentEvents.pageInfo.endCursor
    more = page.consentEvents.pageInfo.hasNextPage
  }
  for (const token of await tokensOfProviders(scene.gateway.dataDir)) learned.add(token)
}, 120_000)
afterAll(() => scene[Symbol.asyncDispose]())

const findsIn = (text: string | Buffer): readonly string[] =>
  findSecrets(text, {
    guessable: [...Object.values(GIVEN), ...CONFIGURED],
    random: [...learned, API_KEY, scene.gateway.userToken],
  })

describe('nothing secret is', () => {
  test('in the log, at its finest', () => {
    const { log, out } = scene.gateway.printed
    expect(log).toContain('"event"')
    expect(findsIn(log)).toEqual([])
    expect(log).not.toMatch(JWT)
    // At the start, for whoever started it, and never again.
    const [welcome = '', ...later] = out.split(/(?<=Ctrl-C stops it.*\n)/)
    expect(welcome).toContain(API_KEY)
    expect(later.join('').trim()).toBe('')
    const rest = welcome.replaceAll(API_KEY, '').replaceAll(scene.gateway.userToken, '')
    expect(findsIn(rest)).toEqual([])
    expect(rest).not.toMatch(JWT)
  })

  test('in an error', () => {
    expect(errors.length).toBeGreaterThan(40)
    expect(findsIn(errors.join('\n'))).toEqual([])
    expect(errors.join('\n')).not.toMatch(JWT)
  })

  test('in an event, a history or an explanation', () => {
    const text = said.join('\n')
    for (const word of [
      'ConsentStatusChanged',
      'ConsentRevocationProgressed',
      'ACCEPTED',
      'AUTHENTICATION_CANCELLED',
      'CONSENT_ENDUSER_DENIED',
    ]) {
      expect(text.includes(word), word).toBe(true)
    }
    expect(findsIn(text)).toEqual([])
    expect(text).not.toMatch(JWT)
  })

  test('readable in a file of the store, while it runs and after its end', async () => {
    expect(learned.size).toBeGreaterThan(10)
    const look = async (): Promise<void> => {
      const files = await filesOf(scene.gateway.dataDir)
      // What is stored readable is found, so that what is not found is not there.
      expect(files.some(({ bytes }) => bytes.includes('canary') && bytes.includes(connected[0]!.consentId))).toBe(true)
      for (const { file, bytes } of files) {
        expect(findsIn(bytes), file).toEqual([])
        expect(JWT.test(bytes.toString('latin1')), file).toBe(false)
      }
    }
    await look()
    await scene.gateway.stop('SIGTERM')
    await look()
  })
})
