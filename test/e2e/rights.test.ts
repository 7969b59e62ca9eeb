import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCOPES } from '../../src/domain/api-client.ts'
import { registerClients } from './api-clients.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { type Begun, type Operations, operationsOf } from './operations.ts'
import type { SandboxControl } from './sandbox-control.ts'

const STRANGER = { id: 'cli_stranger', apiKey: 'stranger-key', scopes: SCOPES } as const
const USERS_ONLY = { id: 'cli_users_only', apiKey: 'users-only-key', scopes: ['users:read'] } as const

interface Names {
  readonly user: string
  readonly externalId: string
  readonly consent: string
  readonly session: string
  readonly step: string
}
/** Well-formed, and nobody's. */
const UNKNOWN: Names = {
  user: `usr_${'0'.repeat(32)}`,
  externalId: 'nobody at all',
  consent: `con_${'0'.repeat(32)}`,
  session: `aus_${'0'.repeat(32)}`,
  step: `stp_${'0'.repeat(32)}`,
}

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations
/** Of the user `victim`: one waits for its code, one is live. */
let waiting: Begun
let live: Begun
let victim: Names
/** Who must not see them. */
const intruders = new Map<string, string>()

beforeAll(async () => {
  const first = await startGateway()
  await first.graphql('mutation { createUser(input: { externalId: "victim" }) { user { id } } }')
  await first.stop('SIGTERM')
  const { mint } = await registerClients(first.dataDir, [STRANGER, USERS_ONLY])
  gateway = await first.restart('SIGTERM')
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  const stranger = operationsOf(gateway, { as: STRANGER.apiKey })
  const user = { externalId: 'victim' }
  waiting = await client.begin({ user })
  live = await client.authorize({ user })
  victim = {
    user: await client.createUser('victim'),
    externalId: 'victim',
    consent: live.consent.id,
    session: waiting.session.id,
    step: waiting.step.id,
  }
  intruders.set('another API client', STRANGER.apiKey)
  intruders.set('another user of the same client', gateway.userToken)
  intruders.set('a user of another client', await mint(STRANGER.id, await stranger.createUser('their user'), 600))
})
afterAll(() => gateway[Symbol.asyncDispose]())

const INTRUDERS = ['another API client', 'another user of the same client', 'a user of another client'] as const

const ERRORS = 'userErrors { __typename ... on UserError { code message path } }'
const BOTH = 'authSession { id } consent { id }'

/** Every way to name something, with what it says of what is not there. */
const WAYS: readonly (readonly [name: string, query: (names: Names) => string, nothing: RegExp])[] = [
  ['consent', ({ consent }) => `{ consent(id: "${consent}", maxAgeSeconds: 0) { id status } }`, /"consent":null/],
  ['authSession', ({ session }) => `{ authSession(id: "${session}") { id } }`, /"authSession":null/],
  ['user by id', ({ user }) => `{ user(ref: { id: "${user}" }) { id } }`, /"user":null/],
  ['user by name', ({ externalId }) => `{ user(ref: { externalId: "${externalId}" }) { id } }`, /"user":null/],
  [
    'node',
    ({ consent, user }) => `{ a: node(id: "${consent}") { id } b: node(id: "${user}") { id } }`,
    /"a":null,"b":null/,
  ],
  [
    'nodes',
    ({ consent, session, user }) => `{ nodes(ids: ["${consent}", "${session}", "${user}"]) { id } }`,
    /\[null,null,null\]/,
  ],
  [
    '_entities',
    ({ consent, session, user, externalId }) => `{ _entities(representations: [
      { __typename: "Consent", id: "${consent}" }, { __typename: "AuthSession", id: "${session}" },
      { __typename: "User", id: "${user}" }, { __typename: "User", externalId: "${externalId}" }
    ]) { __typename } }`,
    /\[null,null,null,null\]/,
  ],
  [
    'events of a consent',
    ({ consent }) => `{ consentEvents(filter: { consentId: "${consent}" }) { nodes { id } } }`,
    /"nodes":\[\]/,
  ],
  [
    'events of a user',
    ({ user }) => `{ consentEvents(filter: { user: { id: "${user}" } }) { nodes { id } } }`,
    /"nodes":\[\]/,
  ],
  [
    'startAuthorization',
    ({ user }) =>
      `mutation { startAuthorization(input: { user: { id: "${user}" }, target: { institutionId: "ins_T1BFTl9CQU5LX1BST0pFQ1QKc2FuZGJveC5vdHA" }}) { ${BOTH} ${ERRORS} } }`,
    /NOT_FOUND/,
  ],
  [
    'answerChallenge',
    ({ session, step }) =>
      `mutation { answerChallenge(input: { authSessionId: "${session}", stepId: "${step}", answer: { otp: "123" } }) { ${BOTH} ${ERRORS} } }`,
    /NOT_FOUND/,
  ],
  [
    'resendChallenge',
    ({ session, step }) =>
      `mutation { resendChallenge(input: { authSessionId: "${session}", stepId: "${step}" }) { authSession { id } ${ERRORS} } }`,
    /NOT_FOUND/,
  ],
  [
    'cancelAuthorization',
    ({ session }) => `mutation { cancelAuthorization(input: { authSessionId: "${session}" }) { ${BOTH} ${ERRORS} } }`,
    /NOT_FOUND/,
  ],
  [
    'revokeConsent',
    ({ consent }) => `mutation { revokeConsent(input: { consentId: "${consent}" }) { consent { id } ${ERRORS} } }`,
    /NOT_FOUND/,
  ],
]

const anonymous = (text: string): string => text.replaceAll(/req_\w+/g, 'req')

describe.each(INTRUDERS)('%s', (intruder) => {
  test.each(WAYS)(
    'finds nothing by %s, in the same bytes as for nothing, and no bank is asked',
    async (_, query, nothing) => {
      const as = intruders.get(intruder)!
      const unknown = await gateway.ask(query(UNKNOWN), {}, { as })
      const { result: foreign, calls } = await sandbox.callsDuring(() => gateway.ask(query(victim), {}, { as }))
      expect(foreign.text).toMatch(nothing)
      expect(foreign.status).toBe(unknown.status)
      expect(anonymous(foreign.text)).toBe(anonymous(unknown.text))
      expect(calls).toEqual([])
    },
  )

  test('cannot tell ids of others from unknown ones by WebSocket', async () => {
    await using socket = gateway.live(intruders.get(intruder))
    const refusal = async (field: string, query: string): Promise<string> => {
      const stream = socket.subscribe<Record<string, unknown>, string>(field, `subscription { ${query} }`)
      const reason: unknown = await stream.next().catch((error: unknown) => error)
      return anonymous(String(reason))
    }
    const filters = ({ user, consent }: Names) => [`consentId: "${consent}"`, `user: { id: "${user}" }`]
    for (const field of ['consentEvents', 'consentStatusChanged']) {
      for (const [index, filter] of filters(victim).entries()) {
        const foreign = await refusal(field, `${field}(filter: { ${filter} }) { __typename }`)
        expect(foreign).toContain('NOT_FOUND')
        expect(foreign).toBe(await refusal(field, `${field}(filter: { ${filters(UNKNOWN)[index]} }) { __typename }`))
      }
    }
    const screen = await refusal('authSession', `authSession(id: "${victim.session}") { id }`)
    expect(screen).toContain('NOT_FOUND')
    expect(screen).toBe(await refusal('authSession', `authSession(id: "${UNKNOWN.session}") { id }`))
  })

  test('lists nothing of theirs', async () => {
    const query =
      '{ consents(first: 100) { nodes { user { id } } } users(first: 100) { nodes { id } } consentEvents(first: 100) { nodes { consent { user { id } } } } }'
    expect((await gateway.ask(query, {}, { as: intruders.get(intruder)! })).text).not.toContain(victim.user)
  })

  test('hears nothing of theirs', async () => {
    await using socket = gateway.live(intruders.get(intruder))
    const own = operationsOf(gateway, { as: intruders.get(intruder)! })
    const stream = socket.subscribe<{ consentEvents: { consent: { id: string } } }, 'consentEvents'>(
      'consentEvents',
      'subscription { consentEvents { ... on ConsentEvent { consent { id user { id } } } } }',
    )
    await stream.next()
    await client.begin({ user: { externalId: 'victim' } })
    const { me } = await gateway.graphql<{ me: { id: string } | null }>(
      '{ me { id } }',
      {},
      { as: intruders.get(intruder)! },
    )
    const begun = await own.begin({ user: me === null ? { externalId: 'their user' } : { id: me.id } })
    expect((await stream.next()).consent.id).toBe(begun.consent.id)
  })
})

test('after all that, the code still works and the consent is live', async () => {
  expect(await client.session(waiting.session.id)).toMatchObject({
    sessionStatus: 'AWAITING_USER',
    version: waiting.session.version,
  })
  expect(await client.answer(waiting, '123')).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  expect(await client.consent(live.consent.id, 0)).toMatchObject({ status: 'AUTHORIZED' })
})

describe('a credential without the scope', () => {
  const frontend = (): string => gateway.userToken
  const usersOnly = (): string => USERS_ONLY.apiKey

  test.each([
    ['a user token', frontend, 'mutation { createUser(input: { externalId: "x" }) { user { id } } }'],
    ['a user token', frontend, 'mutation { createUserToken(input: { user: { externalId: "demo-user" } }) { token } }'],
    ['a user token', frontend, '{ webhookEndpoints { nodes { id } } }'],
    ['users:read', usersOnly, '{ consents { nodes { id } } }'],
    ['users:read', usersOnly, '{ consentEvents { nodes { id } } }'],
    ['users:read', usersOnly, '{ node(id: "con_0") { id } }'],
    [
      'users:read',
      usersOnly,
      '{ _entities(representations: [{ __typename: "Consent", id: "con_0" }]) { __typename } }',
    ],
    ['users:read', usersOnly, 'mutation { createUser(input: { externalId: "x" }) { user { id } } }'],
    ['users:read', usersOnly, 'mutation { revokeConsent(input: { consentId: "con_0" }) { consent { id } } }'],
    ['users:read', usersOnly, 'mutation { cancelAuthorization(input: { authSessionId: "aus_0" }) { consent { id } } }'],
  ])('%s is NOT_ALLOWED', async (_, as, query) => {
    const { errors } = await gateway.ask(query, {}, { as: as() })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_ALLOWED'])
  })

  test('loses single fields only', async () => {
    const query = '{ providers { id health { state p95Millis errorRate } } }'
    const { data, errors } = await gateway.ask<{ providers: readonly object[] }>(query, {}, { as: frontend() })
    expect(data?.providers).toContainEqual({
      id: 'OPEN_BANK_PROJECT',
      health: { state: 'UP', p95Millis: null, errorRate: null },
    })
    expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['NOT_ALLOWED']))
    expect((await gateway.ask(query)).errors).toEqual([])
  })

  test('may not subscribe either', async () => {
    await using socket = gateway.live(USERS_ONLY.apiKey)
    const stream = socket.subscribe<{ consentEvents: object }, 'consentEvents'>(
      'consentEvents',
      'subscription { consentEvents { __typename } }',
    )
    await expect(stream.next()).rejects.toThrow('"code":"NOT_ALLOWED"')
  })
})
