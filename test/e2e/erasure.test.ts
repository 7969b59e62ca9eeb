import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fourWays, openScene, type Scene } from './four-ways.ts'
import { operationsOf } from './operations.ts'

const SOON = { timeout: 30_000, interval: 200 } as const

const DELETE = `mutation ($input: DeleteUserInput!) { deleteUser(input: $input) {
  user { id externalId erasedAt }
  erasure { erasureState requestedAt completedAt providers { provider { id } erasureState } }
  userErrors { __typename ... on UserError { code path } }
} }`

const USER = `query ($id: ID!) { user(ref: { id: $id }) {
  externalId erasedAt links { providerUserId }
  erasure { erasureState completedAt providers { provider { id } erasureState lastProblem { code } } }
  consents(maxAgeSeconds: 1000) { nodes { status statusReason access { accountIds } revocation { state } } }
  authSessions { nodes { sessionStatus nextStep { id } } }
} }`

interface Erased {
  readonly externalId: string | null
  readonly erasedAt: string | null
  readonly erasure: { readonly erasureState: string }
}

let scene: Scene

beforeAll(async () => {
  scene = await openScene()
}, 60_000)
afterAll(() => scene[Symbol.asyncDispose]())

const userOf = async (id: string): Promise<Erased> => (await scene.gateway.graphql<{ user: Erased }>(USER, { id })).user

const proofOf = async (id: string): Promise<string | null> =>
  (
    await scene.gateway.graphql<{ user: { erasureProof: string | null } }>(
      'query ($id: ID!) { user(ref: { id: $id }) { erasureProof } }',
      { id },
    )
  ).user.erasureProof

test('a user is forgotten everywhere, once every bank has confirmed', { timeout: 90_000 }, async () => {
  const { gateway } = scene
  const client = operationsOf(gateway)
  const id = await scene.createUser('to-be-forgotten')
  for (const way of fourWays()) await scene.connect('to-be-forgotten', way)
  const waiting = await client.begin({ user: { externalId: 'to-be-forgotten' } })
  const token = await client.token('to-be-forgotten')
  expect(await proofOf(id)).toBeNull()

  const input = { user: { externalId: 'to-be-forgotten' }, idempotencyKey: 'forget-once' }
  const { deleteUser } = await gateway.graphql<{ deleteUser: unknown }>(DELETE, { input })
  expect(deleteUser).toMatchObject({
    user: { id },
    erasure: { erasureState: 'IN_PROGRESS', completedAt: null },
    userErrors: [],
  })
  expect(await client.consent(waiting.consent.id)).toMatchObject({ status: 'REVOKED', statusReason: 'USER_ERASED' })
  expect((await gateway.ask('{ me { id } }', {}, { as: token })).errors).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED' } },
  ])

  await expect
    .poll(() => userOf(id), SOON)
    .toMatchObject({
      externalId: null,
      erasedAt: expect.any(String),
      links: [],
      erasure: { erasureState: 'COMPLETED', completedAt: expect.any(String) },
      consents: {
        nodes: Array.from({ length: 5 }, () => ({
          status: 'REVOKED',
          statusReason: 'USER_ERASED',
          revocation: { state: 'CONFIRMED' },
        })),
      },
    })
  expect((await userOf(id)).erasure).toMatchObject({
    providers: expect.arrayContaining([
      { provider: { id: 'FISKIL' }, erasureState: 'COMPLETED', lastProblem: null },
      { provider: { id: 'INSURELY' }, erasureState: 'COMPLETED', lastProblem: null },
    ]),
  })
  const { payload } = await jwtVerify(
    (await proofOf(id))!,
    createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway.url)),
    { typ: 'erasure-proof+jwt', subject: id },
  )
  expect(payload['erasure']).toMatchObject({
    completedAt: expect.any(String),
    providers: expect.arrayContaining([
      { provider: 'FISKIL', state: 'COMPLETED' },
      { provider: 'INSURELY', state: 'COMPLETED' },
    ]),
    consents: Array.from({ length: 5 }, () => ({
      id: expect.stringMatching(/^con_/),
      provider: expect.any(String),
      status: 'REVOKED',
      revocationConfirmedAt: expect.any(String),
    })),
  })
  expect(JSON.stringify(payload)).not.toContain('to-be-forgotten')
  expect(await proofOf(id)).toBe(await proofOf(id))

  const { deleteUser: replayed } = await gateway.graphql<{ deleteUser: unknown }>(DELETE, { input })
  expect(replayed).toMatchObject({
    user: { id, externalId: null },
    erasure: { erasureState: 'COMPLETED' },
    userErrors: [],
  })
  expect(await client.createUser('to-be-forgotten')).not.toBe(id)
})

test('nothing begins for a user whose erasure has', async () => {
  const client = operationsOf(scene.gateway)
  const id = await scene.createUser('on-the-way-out')
  await client.authorize({ user: { id } })
  await scene.gateway.graphql(DELETE, { input: { user: { id } } })
  expect(await client.start({ user: { id }, psu: { phone: '+15550123' } })).toMatchObject({
    authSession: null,
    userErrors: [{ code: expect.stringMatching(/STATE_CONFLICT|NOT_FOUND/) }],
  })
  await expect.poll(async () => (await userOf(id)).erasure, SOON).toMatchObject({ erasureState: 'COMPLETED' })
})

test("another client's user is not found", async () => {
  const { deleteUser } = await scene.gateway.graphql<{ deleteUser: unknown }>(DELETE, {
    input: { user: { externalId: 'nobody-has-this-name' } },
  })
  expect(deleteUser).toMatchObject({
    user: null,
    erasure: null,
    userErrors: [{ code: 'NOT_FOUND', path: ['input', 'user'] }],
  })
})
