import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConsentView } from './redirect-documents.ts'
import {
  type Begun,
  ENABLE_BANKING,
  FISKIL,
  GRACE_MS,
  open,
  openRedirectScene,
  type RedirectScene,
  sendWebhook,
  SESSION_MS,
  setWebhookUrl,
} from './redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const isTakenBack = ({ revocation }: ConsentView): boolean =>
  revocation?.state === 'CONFIRMED' && revocation.attempts > 0

/** The grant is alive at the bank no more, our consent stays what it was, and both are explained. */
const expectTakenBack = async (begun: Begun, status: string, statusReason: string): Promise<void> => {
  const { bank, simulator } = begun
  const consent = await scene.until(begun.consent.id, isTakenBack)
  expect(consent).toMatchObject({ status, statusReason, revocation: { state: 'CONFIRMED', attempts: 1 } })
  const id = consent.providerConsentId!
  expect(await scene.effects(simulator, bank.granted, id)).toHaveLength(1)
  expect(await scene.effects(simulator, bank.takenBack, id)).toHaveLength(1)
  expect(await scene.explain(begun.consent.id)).toContainEqual(
    expect.objectContaining({ rule: 'LATE_GRANT_TAKEN_BACK', applied: false, to: 'AUTHORIZED' }),
  )
}

const statusAt = ({ location }: { readonly location: URL | null }) => location?.searchParams.get('status')

describe.each([ENABLE_BANKING, FISKIL])('$name: what is granted too late is taken back', (bank) => {
  /** Without messages of the provider: only the callback tells. */
  const begin = async (input?: object): Promise<Begun> => {
    const begun = await scene.begin(bank, input)
    if (bank === FISKIL) await setWebhookUrl(begun.simulator, null)
    return begun
  }

  test('after a cancel', async () => {
    const begun = await begin()
    const callback = await scene.decide(begun, 'approve')
    expect(await scene.run('cancelAuthorization', { authSessionId: begun.session.id })).toMatchObject({
      userErrors: [],
      consent: { status: 'REJECTED', statusReason: 'CANCELLED_BY_USER' },
    })
    const back = await open(callback)
    expect(statusAt(back)).toBe('REJECTED')
    expect(back.location!.searchParams.get('cancelled')).toBe('1')
    await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
    expect(statusAt(await open(callback))).toBe('REJECTED')
    expect(await scene.effects(begun.simulator, bank.takenBack, begun.attempt)).toHaveLength(
      bank === ENABLE_BANKING ? 1 : 0,
    )
  })

  test('after a denial whose grace window is over', async () => {
    const begun = await begin()
    await scene.comeBack(begun, 'early-denial')
    await begun.simulator.advance(GRACE_MS)
    await scene.until(begun.consent.id, ({ status }) => status === 'REJECTED')
    expect(statusAt(await scene.comeBack(begun, 'approve'))).toBe('REJECTED')
    await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('CANCELLED')
  })

  test('after the time of the session', async () => {
    const begun = await begin()
    const callback = bank === FISKIL ? await scene.decide(begun, 'late') : null
    await begun.simulator.advance(SESSION_MS + 1000)
    await scene.until(begun.consent.id, ({ status }) => status === 'EXPIRED')
    const back = await open(callback ?? (await scene.decide(begun, 'approve')))
    expect(statusAt(back)).toBe('EXPIRED')
    await expectTakenBack(begun, 'EXPIRED', 'ABANDONED')
  })

  test('after a revocation of the consent that still waited', async () => {
    const begun = await begin()
    const callback = await scene.decide(begun, 'approve')
    await scene.gateway.graphql(
      'mutation ($input: RevokeConsentInput!) { revokeConsent(input: $input) { userErrors { __typename } } }',
      { input: { consentId: begun.consent.id } },
    )
    expect(statusAt(await open(callback))).toBe('REVOKED')
    await expectTakenBack(begun, 'REVOKED', 'REVOKED_BY_CLIENT')
  })

  test('by an app that hands the address over itself', async () => {
    const begun = await begin()
    const callback = await scene.decide(begun, 'approve')
    await scene.run('cancelAuthorization', { authSessionId: begun.session.id })
    const input = { authSessionId: begun.session.id, callbackUrl: callback.href }
    expect((await scene.run('completeAuthorization', input)).consent).toMatchObject({ status: 'REJECTED' })
    await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
  })

  test('twenty copies of it are one', async () => {
    const begun = await begin()
    const callback = await scene.decide(begun, 'approve')
    await scene.run('cancelAuthorization', { authSessionId: begun.session.id })
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(callback)))
    expect(new Set(answers.map(statusAt))).toEqual(new Set(['REJECTED']))
    await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
  })

  test('although the provider fails at first', async () => {
    const begun = await begin()
    const callback = await scene.decide(begun, 'approve')
    await scene.run('cancelAuthorization', { authSessionId: begun.session.id })
    const match = bank === FISKIL ? 'DELETE /v1/consent/:id' : 'DELETE /sessions/:id'
    await begun.simulator.fault({ kind: 'status', status: 400, body: {}, match, times: 1 })
    await open(callback)
    const consent = await scene.until(begun.consent.id, isTakenBack)
    expect(consent).toMatchObject({ status: 'REJECTED', revocation: { state: 'CONFIRMED', attempts: 2 } })
    expect(await scene.effects(begun.simulator, bank.takenBack, consent.providerConsentId!)).toHaveLength(1)
  })

  test('while the cancel and the callback race', async () => {
    for (let round = 0; round < 5; round += 1) {
      const begun = await begin()
      const callback = await scene.decide(begun, 'approve')
      const [cancel] = await Promise.all([
        scene.run('cancelAuthorization', { authSessionId: begun.session.id }),
        open(callback),
      ])
      const consent = await scene.until(begun.consent.id, (now) => now.status === 'AUTHORIZED' || isTakenBack(now))
      if (consent.status === 'AUTHORIZED') expect(cancel.userErrors).toMatchObject([{ code: 'STATE_CONFLICT' }])
      else await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
    }
  })
})

describe('Fiskil: by its message alone', () => {
  test('a consent that is made after the cancel is taken back', async () => {
    const begun = await scene.begin(FISKIL)
    await setWebhookUrl(begun.simulator, `${scene.gateway.url}/webhooks/fiskil`)
    await scene.run('cancelAuthorization', { authSessionId: begun.session.id })
    await scene.decide(begun, 'close-window')
    await expectTakenBack(begun, 'REJECTED', 'CANCELLED_BY_USER')
  })

  test('a message that comes again long after changes nothing', async () => {
    const begun = await scene.begin(FISKIL)
    await setWebhookUrl(begun.simulator, `${scene.gateway.url}/webhooks/fiskil`)
    await scene.run('cancelAuthorization', { authSessionId: begun.session.id })
    await scene.decide(begun, 'close-window')
    const { version, providerConsentId } = await scene.until(begun.consent.id, isTakenBack)
    const [made] = await scene.effects(begun.simulator, 'consent.granted', providerConsentId!)
    const clock = (await (await fetch(`${begun.simulator.url}/_sandbox/clock`)).json()) as { now: string }
    const data = {
      event: 'consent.received',
      consent_id: providerConsentId,
      end_user_id: made!.ids['endUserId'],
      institution_id: FISKIL.ref,
    }
    expect((await sendWebhook(scene.gateway.url, data, { at: new Date(clock.now) })).status).toBe(200)
    const after = await scene.consent(begun.consent.id)
    expect(after).toMatchObject({ status: 'REJECTED', revocation: { state: 'CONFIRMED', attempts: 1 } })
    expect(after.version).toBe(version)
  })
})
