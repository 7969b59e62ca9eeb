import { afterAll, beforeAll, expect, test } from 'vitest'
import { operationsOf } from '../e2e/operations.ts'
import {
  type Begun,
  FISKIL,
  openRedirectScene,
  type RedirectScene,
  SESSION_MS,
  setWebhookUrl,
} from '../e2e/redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Granted at the bank, where no code has to be exchanged; neither the browser nor a webhook comes back to say so. */
const beginUntold = async (): Promise<Begun> => {
  const begun = await scene.begin(FISKIL)
  await setWebhookUrl(begun.simulator, null)
  await scene.decide(begun, 'approve')
  return begun
}

const ENDS = {
  cancelAuthorization: ({ session }: Begun) => scene.run('cancelAuthorization', { authSessionId: session.id }),
  revokeConsent: ({ consent }: Begun) => operationsOf(scene.gateway).revoke(consent.id),
  'the end of its time': ({ simulator }: Begun) => simulator.advance(SESSION_MS + 1000),
} as const

test.each(Object.entries(ENDS))('a grant that nobody has told of is taken back after %s', async (_, end) => {
  const begun = await beginUntold()
  await end(begun)
  const consent = await scene.until(begun.consent.id, ({ revocation }) => (revocation?.attempts ?? 0) > 0)
  expect(consent).toMatchObject({ revocation: { state: 'CONFIRMED' } })
  expect(consent.status).not.toBe('AUTHORIZED')
  expect(await scene.effects(begun.simulator, FISKIL.takenBack, consent.providerConsentId!)).toHaveLength(1)
})

test('one who starts anew learns what the attempt before has come to, and the new one is left alone', async () => {
  const begun = await beginUntold()
  const next = await scene.begin(FISKIL, { user: begun.user })
  const old = await scene.consent(begun.consent.id)
  expect(old).toMatchObject({ status: 'AUTHORIZED', revocation: null })
  await scene.comeBack(next, 'approve')
  const now = await scene.consent(next.consent.id)
  expect(now).toMatchObject({ status: 'AUTHORIZED', revocation: null })
  expect(now.providerConsentId).not.toBe(old.providerConsentId)
})
