import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Begun,
  DAY_MS,
  FISKIL,
  GRACE_MS,
  open,
  openRedirectScene,
  type RedirectScene,
  sendWebhook,
  setWebhookUrl,
} from './redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene({ env: { SESSION_LIFETIME_MS: '7200000' } })
})
afterAll(() => scene[Symbol.asyncDispose]())

const begin = async (webhooks: boolean, input?: object): Promise<Begun> => {
  const begun = await scene.begin(FISKIL, input)
  await setWebhookUrl(begun.simulator, webhooks ? `${scene.gateway.url}/webhooks/fiskil` : null)
  return begun
}

const statusAt = ({ location }: { readonly location: URL | null }) => location?.searchParams.get('status')
const isAuthorized = ({ status }: { readonly status: string }) => status === 'AUTHORIZED'

const clockOf = async ({ simulator }: Begun): Promise<Date> =>
  new Date(((await (await fetch(`${simulator.url}/_sandbox/clock`)).json()) as { now: string }).now)

const endUserOf = async (begun: Begun): Promise<string> => {
  const [made] = await scene.effects(begun.simulator, 'session.created', begun.attempt)
  return made!.ids['endUserId']!
}

/** The arrangement that the newest approval of this attempt's person made. */
const arrangementOf = async (begun: Begun): Promise<string> => {
  const made = await scene.effects(begun.simulator, 'consent.granted', await endUserOf(begun))
  return made.at(-1)!.ids['arrangementId']!
}

const message = async (begun: Begun, event: string, consentId?: string) => ({
  event,
  consent_id: consentId ?? (await arrangementOf(begun)),
  end_user_id: await endUserOf(begun),
  institution_id: FISKIL.ref,
})

const send = async (begun: Begun, event: string, options: Parameters<typeof sendWebhook>[2] = {}) =>
  await sendWebhook(scene.gateway.url, await message(begun, event), { at: await clockOf(begun), ...options })

const withdraw = async (begun: Begun): Promise<void> => {
  const body = new URLSearchParams({ arrangement_id: await arrangementOf(begun) })
  await open(`${begun.simulator.url}/consents/end`, { method: 'POST', body })
}

describe('a message', () => {
  test('tells of the approval of a person who never comes back', async () => {
    const begun = await begin(true)
    await scene.decide(begun, 'close-window')
    expect(await scene.until(begun.consent.id, isAuthorized)).toMatchObject({ revocation: null })
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('COMPLETED')
    const { calls } = await begun.simulator.callsDuring(() => send(begun, 'consent.received'))
    expect(calls.filter(({ method }) => method === 'DELETE')).toEqual([])
  })

  test('and the callback after it agree; so do those that come after the callback', async () => {
    const before = await begin(true)
    const callback = await scene.decide(before, 'approve')
    await scene.until(before.consent.id, isAuthorized)
    expect(statusAt(await open(callback))).toBe('AUTHORIZED')

    const after = await begin(false)
    await scene.comeBack(after, 'approve')
    const { version } = await scene.consent(after.consent.id)
    for (const event of ['consent.received', 'consent.updated', 'consent.received']) {
      expect((await send(after, event)).status).toBe(200)
    }
    expect(await scene.consent(after.consent.id)).toMatchObject({
      status: 'AUTHORIZED',
      version,
      providerStatus: { raw: 'active: true' },
    })
    expect((await scene.explain(after.consent.id)).filter(({ source }) => source === 'WEBHOOK')).toMatchObject([
      { providerRaw: 'consent.received', applied: false, rule: 'SAME_STATUS' },
      { providerRaw: 'consent.updated', applied: false, rule: 'SAME_STATUS' },
      { providerRaw: 'consent.received', applied: false, rule: 'SAME_STATUS' },
    ])
  })

  test('that comes twice is taken once', async () => {
    const begun = await begin(false)
    await scene.comeBack(begun, 'approve')
    const id = crypto.randomUUID()
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(begun, 'consent.received', { id })))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect((await scene.explain(begun.consent.id)).filter(({ source }) => source === 'WEBHOOK')).toMatchObject([
      { repeated: 1 },
    ])
  })

  test('of a withdrawal ends the consent at once, and one that comes out of order brings nothing back', async () => {
    const begun = await begin(true)
    await scene.comeBack(begun, 'approve')
    await withdraw(begun)
    expect(await scene.until(begun.consent.id, ({ status }) => status !== 'AUTHORIZED')).toMatchObject({
      status: 'REVOKED',
      statusReason: 'REVOKED_AT_INSTITUTION',
      revocation: null,
    })
    expect((await send(begun, 'consent.received')).status).toBe(200)
    expect(await scene.consent(begun.consent.id)).toMatchObject({ status: 'REVOKED', revocation: null })
  })

  test('of a withdrawal that comes before the one of the approval is not lost', async () => {
    const begun = await begin(false)
    const callback = await scene.decide(begun, 'approve')
    await withdraw(begun)
    expect((await send(begun, 'consent.revoked')).status).toBe(200)
    expect((await send(begun, 'consent.received')).status).toBe(200)
    await open(callback)
    await begun.simulator.advance(GRACE_MS)
    expect(await scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')).toMatchObject({
      status: 'REVOKED',
      statusReason: 'REVOKED_AT_INSTITUTION',
    })
  })

  test('of the same word, when the time is over, says that it has run out', async () => {
    const begun = await scene.begin({ ...FISKIL, ref: 'sandbox.redirect-expires-soon' })
    await setWebhookUrl(begun.simulator, `${scene.gateway.url}/webhooks/fiskil`)
    await scene.comeBack(begun, 'approve')
    await begun.simulator.advance(61_000)
    expect(await scene.until(begun.consent.id, ({ status }) => status !== 'AUTHORIZED')).toMatchObject({
      status: 'EXPIRED',
      statusReason: 'VALIDITY_ENDED',
    })
  })

  test('signed over what the documented recipe leaves is taken', async () => {
    const begun = await begin(false)
    await scene.decide(begun, 'approve')
    const stripped = { indent: 2, signed: (body: string) => body.replaceAll(/[\n ]/g, '') }
    expect((await send(begun, 'consent.received', stripped)).status).toBe(200)
    await scene.until(begun.consent.id, isAuthorized)
  })

  test.each([
    ['of another secret', { signed: (body: string) => `${body} ` }],
    ['from long ago', { at: new Date(Date.now() - 400 * DAY_MS) }],
  ])('%s is refused with 401, and changes nothing', async (_, options) => {
    const begun = await begin(false)
    await scene.decide(begun, 'approve')
    const { result, calls } = await begun.simulator.callsDuring(() => send(begun, 'consent.received', options))
    expect([result.status, JSON.parse(result.text)]).toEqual([401, { received: false }])
    expect(calls.filter(({ path }) => path === '/v1/consent')).toEqual([])
    expect((await scene.consent(begun.consent.id)).status).toBe('AWAITING_AUTHORIZATION')
  })

  test('without a signature, or to nobody, is refused', async () => {
    const bare = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect((await open(`${scene.gateway.url}/webhooks/fiskil`, bare)).status).toBe(401)
    expect((await open(`${scene.gateway.url}/webhooks/enableBanking`, bare)).status).toBe(404)
    expect((await open(`${scene.gateway.url}/webhooks/nobody`, bare)).status).toBe(404)
    expect((await open(`${scene.gateway.url}/webhooks/fiskil`)).status).toBe(405)
  })

  test('that is signed and not understood is refused with 422', async () => {
    const begun = await begin(false)
    const answer = await sendWebhook(scene.gateway.url, { event: 'consent.received' }, { at: await clockOf(begun) })
    expect(answer.status).toBe(422)
  })

  test('about data, an unknown event, or a person of nobody is taken and changes nothing', async () => {
    const begun = await begin(false)
    const at = await clockOf(begun)
    const data = { end_user_id: 'eu_nobody', consent_id: 'nobody', institution_id: FISKIL.ref }
    for (const event of ['banking.accounts.sync.completed', 'consent.pondered', 'consent.received']) {
      expect((await sendWebhook(scene.gateway.url, { ...data, event }, { at })).status).toBe(200)
    }
    expect((await scene.consent(begun.consent.id)).status).toBe('AWAITING_AUTHORIZATION')
  })

  test('of another consent, while the callback is worked on, does not cost the attempt', async () => {
    const begun = await begin(false)
    const callback = await scene.decide(begun, 'early-denial')
    for (const name of ['error', 'error_type']) callback.searchParams.delete(name)
    await begun.simulator.fault({ kind: 'delay', delayMs: 2000, at: 'request', match: 'GET /v1/consent' })
    const coming = open(callback)
    while ((await scene.session(begun.session.id)).sessionStatus !== 'VERIFYING');
    const at = await clockOf(begun)
    const other = await message(begun, 'consent.updated', crypto.randomUUID())
    expect((await sendWebhook(scene.gateway.url, other, { at })).status).toBe(200)
    await coming
    expect(await scene.session(begun.session.id)).toMatchObject({ sessionStatus: 'AWAITING_USER', problem: null })
    expect(statusAt(await scene.comeBack(begun, 'approve'))).toBe('AUTHORIZED')
  })

  test('of a longer life is heard: the consent does not run out here before it does there', async () => {
    const begun = await begin(false)
    const { expiresAt } = await scene.authorize(FISKIL, { user: begun.user }).then(({ consent }) => consent)
    const authorized = await scene.gateway.graphql<{ user: { consents: { nodes: readonly { id: string }[] } } }>(
      'query ($ref: UserRef!) { user(ref: $ref) { consents(maxAgeSeconds: 100000, filter: { status: [AUTHORIZED] }) { nodes { id } } } }',
      { ref: { externalId: begun.user } },
    )
    const id = authorized.user.consents.nodes[0]!.id
    await begun.simulator.advance(2 * DAY_MS)
    // A renewal that is finished after it was given up here: the arrangement lives longer.
    const live = { ...begun, consent: await scene.consent(id) }
    const renewal = await scene.renew(live)
    await scene.run('cancelAuthorization', { authSessionId: renewal.session.id })
    await scene.decide(renewal, 'close-window')
    expect((await send(renewal, 'consent.updated')).status).toBe(200)
    const longer = await scene.until(id, (now) => now.expiresAt !== expiresAt)
    expect(Date.parse(longer.expiresAt!) - Date.parse(expiresAt!)).toBeGreaterThan(DAY_MS)
    expect(longer.status).toBe('AUTHORIZED')
    expect(await scene.effects(renewal.simulator, 'consent.revoked', longer.providerConsentId!)).toEqual([])
  })
})

describe('how an attempt ends', () => {
  test.each([
    ['leave', 'AUTH_SESSION_CANCELLED', 'REJECTED', 'CANCELLED_BY_USER', 'CANCELLED'],
    ['deny', 'CONSENT_ENDUSER_DENIED', 'REJECTED', 'DENIED_BY_USER', 'CANCELLED'],
    ['wrong-otp', 'CONSENT_OTP_FAILURE', 'REJECTED', 'OTP_REJECTED', 'FAILED'],
    ['timeout', 'CONSENT_TIMEOUT', 'EXPIRED', 'SESSION_EXPIRED', 'EXPIRED'],
    ['ineligible', 'CONSENT_ENDUSER_INELIGIBLE', 'FAILED', 'PROVIDER_ERROR', 'FAILED'],
    ['bank-error', 'CONSENT_UPSTREAM_PROCESSING_ERROR', 'FAILED', 'PROVIDER_ERROR', 'FAILED'],
    ['bank-error-old-name', 'CONSUMERDATA_PROCESSING_ERROR', 'FAILED', 'PROVIDER_ERROR', 'FAILED'],
  ])('%s: %s is %s', async (outcome, raw, status, statusReason, sessionStatus) => {
    const begun = await begin(true)
    const back = await scene.comeBack(begun, outcome)
    expect(statusAt(back)).toBe('AWAITING_AUTHORIZATION')
    expect(back.location!.searchParams.get('cancelled')).toBe('1')
    await begun.simulator.advance(GRACE_MS)
    expect(await scene.until(begun.consent.id, (now) => now.status !== 'AWAITING_AUTHORIZATION')).toMatchObject({
      status,
      statusReason,
      providerStatus: { raw },
    })
    expect((await scene.session(begun.session.id)).sessionStatus).toBe(sessionStatus)
  })

  test('a word that nobody documented is shown and moves nothing', async () => {
    const begun = await begin(true)
    await scene.comeBack(begun, 'unknown-error')
    expect(await scene.consent(begun.consent.id)).toMatchObject({
      status: 'AWAITING_AUTHORIZATION',
      providerStatus: { raw: 'CONSENT_MOON_PHASE' },
    })
  })

  test('an error without a word ends nothing', async () => {
    const begun = await begin(true)
    await scene.comeBack(begun, 'leave-without-words')
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'AWAITING_USER',
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
  })

  test('AUTH_SESSION_INVALID after a success changes nothing', async () => {
    const begun = await begin(true)
    await scene.comeBack(begun, 'approve')
    const { version } = await scene.consent(begun.consent.id)
    const { location } = await open(begun.step.url)
    expect(location!.searchParams.get('error_type')).toBe('AUTH_SESSION_INVALID')
    expect(statusAt(await open(location!))).toBe('AUTHORIZED')
    await begun.simulator.advance(GRACE_MS)
    expect(await scene.consent(begun.consent.id)).toMatchObject({ status: 'AUTHORIZED', version, revocation: null })
  })

  test('AUTH_SESSION_INVALID before any success waits for the end of the session', async () => {
    const begun = await begin(true)
    await scene.comeBack(begun, 'session-invalid')
    await begun.simulator.advance(GRACE_MS)
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'VERIFYING',
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    await begun.simulator.advance(900_000)
    expect(await scene.until(begun.consent.id, ({ status }) => status === 'EXPIRED')).toMatchObject({
      statusReason: 'SESSION_EXPIRED',
    })
  })

  test('where the state is lost, the person gets a page, and the list of consents tells', async () => {
    const begun = await begin(true)
    const page = await scene.comeBack(begun, 'lose-state')
    expect(page.status).toBe(404)
    expect(page.text).not.toMatch(/aus_|con_|usr_/)
    await scene.until(begun.consent.id, isAuthorized)
  })

  test('where a denial loses the state, the person gets a page, and the time of the session tells', async () => {
    const begun = await begin(true)
    expect((await scene.comeBack(begun, 'deny-and-lose-state')).status).toBe(404)
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('AWAITING_USER')
  })
})

describe('an attempt', () => {
  test("ends when Fiskil's own word says so, not when ours would", async () => {
    const begun = await begin(true)
    const life = Date.parse(begun.session.sessionExpiresAt) - (await clockOf(begun)).getTime()
    expect(life).toBeGreaterThan(880_000)
    expect(life).toBeLessThan(901_000)
    await begun.simulator.advance(901_000)
    expect(await scene.until(begun.consent.id, ({ status }) => status === 'EXPIRED')).toMatchObject({
      statusReason: 'ABANDONED',
    })
  })

  test('is the only one of its person at an institution: a new start ends it', async () => {
    const first = await begin(true)
    const second = await begin(true, { user: first.user })
    expect(await scene.session(first.session.id)).toMatchObject({
      sessionStatus: 'EXPIRED',
      consent: { status: 'EXPIRED', statusReason: 'ABANDONED' },
    })
    const elsewhere = await scene.begin({ ...FISKIL, ref: '88888' }, { user: first.user })
    expect((await scene.session(second.session.id)).sessionStatus).toBe('AWAITING_USER')
    await scene.comeBack(second, 'approve')
    expect(await scene.consent(second.consent.id)).toMatchObject({ status: 'AUTHORIZED' })
    expect((await scene.session(elsewhere.session.id)).sessionStatus).toBe('AWAITING_USER')
  })

  test('at any institution ends those at each of them', async () => {
    const first = await begin(true)
    const started = await scene.run('startAuthorization', {
      user: { externalId: first.user },
      target: { provider: 'FISKIL' },
      returnTo: scene.returnTo,
    })
    expect(started.userErrors).toEqual([])
    expect((await scene.session(first.session.id)).sessionStatus).toBe('EXPIRED')
    const third = await begin(true, { user: first.user })
    expect((await scene.session(started.authSession!.id)).sessionStatus).toBe('EXPIRED')
    await scene.decide(third, 'close-window')
    await scene.until(third.consent.id, isAuthorized)
  })

  test('that is refused ends none', async () => {
    const first = await begin(true)
    const access = { accountIds: ['x'] }
    const refused = await scene.start(FISKIL, { user: first.user, access })
    expect(refused.userErrors).toMatchObject([{ code: 'CAPABILITY_NOT_SUPPORTED' }])
    const again = await scene.start(FISKIL, { user: first.user, providerOptions: { fiskil: { permissions: [''] } } })
    expect(again.userErrors).toHaveLength(1)
    expect((await scene.session(first.session.id)).sessionStatus).toBe('AWAITING_USER')
  })

  test('of several that start at once is one, of one person at Fiskil', async () => {
    const user = await scene.newUser()
    const started = await Promise.all(Array.from({ length: 6 }, () => scene.start(FISKIL, { user })))
    const sessions = await Promise.all(started.map(({ authSession }) => scene.session(authSession!.id)))
    const open = sessions.filter(({ isFinal }) => !isFinal)
    expect(open).toHaveLength(1)
    const begun = await scene.begin(FISKIL, { user })
    const made = await begun.simulator.ledger('session.created')
    const endUsers = new Set(made.slice(-7).map(({ ids }) => ids['endUserId']))
    expect(endUsers.size).toBe(1)
  })

  test('does not take the arrangement of another row', async () => {
    const live = await scene.authorize(FISKIL)
    await setWebhookUrl(live.simulator, `${scene.gateway.url}/webhooks/fiskil`)
    const second = await begin(true, { user: live.user })
    const { providerConsentId } = await scene.consent(live.consent.id)
    // Fiskil says that it was made after the second attempt began.
    const [listed] = [{ arrangement_id: providerConsentId, active: true, institution_id: FISKIL.ref }]
    const body = { consents: [{ ...listed, created_at: new Date(Date.now() + 900 * DAY_MS).toISOString() }], links: {} }
    await live.simulator.fault({ kind: 'status', status: 200, body, match: 'GET /v1/consent', times: 1 })
    const callback = new URL(`${scene.gateway.url}/callback/fiskil`)
    for (const [name, value] of (await scene.decide(second, 'early-denial')).searchParams) {
      if (name === 'state') callback.searchParams.set(name, value)
    }
    await open(callback)
    expect(await scene.consent(second.consent.id)).toMatchObject({ status: 'AWAITING_AUTHORIZATION' })
    expect((await scene.consent(live.consent.id)).status).toBe('AUTHORIZED')
    expect(statusAt(await scene.comeBack(second, 'approve'))).toBe('AUTHORIZED')
    const now = await scene.consent(second.consent.id)
    expect(now.providerConsentId).not.toBe(providerConsentId)
  })
})
