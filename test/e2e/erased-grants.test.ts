import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationsOf } from './operations.ts'
import {
  type Bank,
  type Begun,
  ENABLE_BANKING,
  FISKIL,
  open,
  openRedirectScene,
  type RedirectScene,
  SESSION_MS,
  setWebhookUrl,
} from './redirect-scene.ts'

const SOON = { timeout: 50_000, interval: 200 } as const

const DELETE = `mutation ($input: DeleteUserInput!) { deleteUser(input: $input) {
  user { id } userErrors { ... on UserError { code } }
} }`
const USER = `query ($id: ID!) { user(ref: { id: $id }) {
  externalId erasedAt erasureProof links { providerUserId }
  erasure { erasureState waitsUntil completedAt providers { provider { id } erasureState } }
  consents(maxAgeSeconds: 1000) { nodes { status access { accountIds } } }
} }`

interface ErasedUser {
  readonly externalId: string | null
  readonly erasedAt: string | null
  readonly erasureProof: string | null
  readonly links: readonly object[]
  readonly erasure: {
    readonly erasureState: string
    readonly waitsUntil: string | null
    readonly completedAt: string | null
  }
}

interface Proof {
  readonly completedAt: string
  readonly authorizations: readonly {
    readonly consent: string
    readonly awaitedUntil: string
    readonly outcome: string
  }[]
  readonly notTakenBack: readonly string[]
}

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const userOf = async (id: string): Promise<ErasedUser> =>
  (await scene.gateway.graphql<{ user: ErasedUser }>(USER, { id })).user

const proofOf = async (id: string): Promise<Proof> => {
  const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', scene.gateway.url))
  const { payload } = await jwtVerify((await userOf(id)).erasureProof!, keys, { typ: 'erasure-proof+jwt' })
  return payload['erasure'] as Proof
}

/** A person who is on the way to their bank; only the callback tells what they do there. */
const begin = async (bank: Bank): Promise<Begun> => {
  const begun = await scene.begin(bank)
  if (bank === FISKIL) await setWebhookUrl(begun.simulator, null)
  return begun
}

/** @returns the user's id, once what can go has gone */
const erase = async ({ user }: Begun): Promise<string> => {
  const { deleteUser } = await scene.gateway.graphql<{ deleteUser: { user: { id: string }; userErrors: unknown } }>(
    DELETE,
    { input: { user: { externalId: user } } },
  )
  expect(deleteUser.userErrors).toEqual([])
  const { id } = deleteUser.user
  await expect.poll(() => userOf(id), SOON).toMatchObject({ externalId: null })
  return id
}

const isErased = async (id: string): Promise<boolean> => (await userOf(id)).erasedAt !== null

describe.each([ENABLE_BANKING, FISKIL])(
  '$name: an erasure waits for who is at the bank',
  { timeout: 90_000 },
  (bank) => {
    test('what they approve is taken back, and then it is complete', async () => {
      const begun = await begin(bank)
      const id = await erase(begun)
      expect(await userOf(id)).toMatchObject({
        erasedAt: null,
        erasureProof: null,
        erasure: { erasureState: 'IN_PROGRESS', waitsUntil: begun.session.sessionExpiresAt, completedAt: null },
      })
      expect(await operationsOf(scene.gateway).createUser(begun.user)).not.toBe(id)

      expect((await scene.comeBack(begun, 'approve')).location).toBeNull()
      await expect.poll(() => isErased(id), SOON).toBe(true)
      const { providerConsentId, ...consent } = await scene.consent(begun.consent.id)
      expect(consent).toMatchObject({ status: 'REVOKED', statusReason: 'USER_ERASED', revocation: { attempts: 1 } })
      expect(await scene.effects(begun.simulator, bank.granted, providerConsentId!)).toHaveLength(1)
      expect(await scene.effects(begun.simulator, bank.takenBack, providerConsentId!)).toHaveLength(1)
      const proof = await proofOf(id)
      expect(proof.authorizations).toEqual([
        {
          consent: begun.consent.id,
          provider: bank.provider,
          awaitedUntil: begun.session.sessionExpiresAt,
          outcome: 'TAKEN_BACK',
        },
      ])
      expect(new Date(proof.completedAt).getTime()).toBeLessThan(new Date(begun.session.sessionExpiresAt).getTime())
      expect(await userOf(id)).toMatchObject({ links: [], erasure: { waitsUntil: null } })
    })
  },
)

test('a restart in between loses nothing', { timeout: 90_000 }, async () => {
  const begun = await begin(ENABLE_BANKING)
  const id = await erase(begun)
  const callback = await scene.decide(begun, 'approve')
  scene = await scene.restart('SIGKILL')
  const address = new URL(callback.pathname + callback.search, scene.gateway.url)
  await open(address)
  await expect.poll(() => isErased(id), SOON).toBe(true)
  expect(await proofOf(id)).toMatchObject({ authorizations: [{ outcome: 'TAKEN_BACK' }] })
})

test('a code that is being exchanged when the time ends is taken back', { timeout: 90_000 }, async () => {
  const begun = await begin(ENABLE_BANKING)
  const id = await erase(begun)
  const callback = await scene.decide(begun, 'approve')
  const granted = async () => (await begun.simulator.ledger(ENABLE_BANKING.granted)).length
  const before = await granted()
  await begun.simulator.fault({ kind: 'delay', delayMs: 4000, match: 'POST /sessions' })
  const opening = open(callback)
  await expect.poll(granted, { timeout: 10_000, interval: 20 }).toBe(before + 1)
  await begun.simulator.advance(SESSION_MS + 1000)
  await opening
  await expect.poll(() => isErased(id), SOON).toBe(true)
  expect(await proofOf(id)).toMatchObject({ authorizations: [{ outcome: 'TAKEN_BACK' }] })
})

test('a code whose exchange fails is told as unknown', { timeout: 90_000 }, async () => {
  const begun = await begin(ENABLE_BANKING)
  const id = await erase(begun)
  const callback = await scene.decide(begun, 'approve')
  await begun.simulator.fault({ kind: 'reset-after-effect', match: 'POST /sessions', times: 5 })
  await open(callback)
  await begun.simulator.heal()
  expect(await isErased(id)).toBe(false)
  await begun.simulator.advance(SESSION_MS + 1000)
  await expect.poll(() => isErased(id), SOON).toBe(true)
  expect(await proofOf(id)).toMatchObject({ authorizations: [{ consent: begun.consent.id, outcome: 'UNKNOWN' }] })
})

test(
  'it ends with their time where nothing came; a code after that is exchanged by nobody',
  { timeout: 90_000 },
  async () => {
    const begun = await begin(ENABLE_BANKING)
    const id = await erase(begun)
    await begun.simulator.advance(SESSION_MS + 1000)
    await expect.poll(() => isErased(id), SOON).toBe(true)
    const { authorizations, notTakenBack } = await proofOf(id)
    expect(authorizations).toMatchObject([{ consent: begun.consent.id, outcome: 'NONE_CAME' }])
    expect(notTakenBack).toEqual(['what a person approves at a bank after the end of its authorization'])
    const granted = await begun.simulator.ledger(ENABLE_BANKING.granted)
    const back = await scene.comeBack(begun, 'approve')
    expect(back).toMatchObject({ status: 200, location: null })
    expect(await begun.simulator.ledger(ENABLE_BANKING.granted)).toEqual(granted)
    expect((await scene.consent(begun.consent.id)).revocation).toMatchObject({ state: 'CONFIRMED', attempts: 0 })
  },
)
