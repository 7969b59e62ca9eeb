import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Begun,
  ENABLE_BANKING,
  FISKIL,
  GRACE_MS,
  open,
  type Opened,
  openRedirectScene,
  type RedirectScene,
  SESSION_MS,
} from './redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** What the client's own address is told, its own query included. */
const toldAt = ({ status, location }: Opened): object => {
  expect(status).toBe(303)
  return { place: `${location!.origin}${location!.pathname}`, ...Object.fromEntries(location!.searchParams) }
}

const success = ({ session, consent }: Begun, status: string): object => ({
  place: `${scene.gateway.url}/sandbox/return`,
  app: '1',
  x: 'a b',
  auth_session_id: session.id,
  consent_id: consent.id,
  status,
})

const cancelled = ({ session, consent }: Begun, status: string): object => ({
  place: `${scene.gateway.url}/sandbox/return`,
  cancelled: '1',
  auth_session_id: session.id,
  consent_id: consent.id,
  status,
})

/** Only what the gateway itself had put there. */
const bared = (callback: URL): URL => {
  const bare = new URL(callback.pathname, callback)
  for (const [name, value] of callback.searchParams) {
    if (name === 'state' || name === 'leg') bare.searchParams.set(name, value)
  }
  return bare
}

describe.each([ENABLE_BANKING, FISKIL])('$name: a person', (bank) => {
  test('is sent to the bank with a link, and the consent waits', async () => {
    const started = await scene.start(bank)
    expect(started).toMatchObject({
      userErrors: [],
      consent: { status: 'AWAITING_AUTHORIZATION', primaryAction: 'CONTINUE_AUTHORIZATION' },
      authSession: {
        sessionStatus: 'AWAITING_USER',
        nextStep: { kind: 'REDIRECT', popupAllowed: true, iframeAllowed: false },
      },
    })
    const page = await open(started.authSession!.nextStep!.url)
    expect(page.status).toBe(200)
  })

  test('approves, and is back in the app while everybody who listens is told', async () => {
    const begun = await scene.begin(bank)
    const events = scene.watch(begun.consent.id)
    await events.next()
    const back = await scene.comeBack(begun, 'approve')
    expect(toldAt(back)).toEqual(success(begun, 'AUTHORIZED'))
    expect(await events.next()).toMatchObject({
      __typename: 'ConsentStatusChanged',
      from: 'AWAITING_AUTHORIZATION',
      to: 'AUTHORIZED',
      reason: null,
    })
    await events.stop()
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'COMPLETED',
      isFinal: true,
      nextStep: null,
      problem: null,
      consent: { status: 'AUTHORIZED', primaryAction: 'NONE', revocation: null },
    })
    const page = await open(back.location!)
    expect(page.status).toBe(200)
  })

  test('denies: the consent waits for the grace window, then is REJECTED', async () => {
    const begun = await scene.begin(bank)
    const back = await scene.comeBack(begun, 'deny')
    expect(toldAt(back)).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'VERIFYING',
      nextStep: null,
      consent: { status: 'AWAITING_AUTHORIZATION', primaryAction: 'WAIT' },
    })
    await begun.simulator.advance(GRACE_MS - 5000)
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('VERIFYING')
    await begun.simulator.advance(5000)
    expect(await scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')).toMatchObject({
      status: 'REJECTED',
      statusReason: 'DENIED_BY_USER',
      primaryAction: 'RECONNECT',
      providerStatus: { source: 'CALLBACK' },
    })
    expect(await scene.session(begun.session.id)).toMatchObject({ sessionStatus: 'CANCELLED', isFinal: true })
    expect(await scene.effects(begun.simulator, bank.granted, begun.attempt)).toEqual([])
  })

  test('is denied too early, and the approval that follows wins', async () => {
    const begun = await scene.begin(bank)
    expect(toldAt(await scene.comeBack(begun, 'early-denial'))).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    await begun.simulator.advance(GRACE_MS / 2)
    expect(toldAt(await scene.comeBack(begun, 'approve'))).toEqual(success(begun, 'AUTHORIZED'))
    await begun.simulator.advance(GRACE_MS)
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'COMPLETED',
      consent: { status: 'AUTHORIZED', revocation: null },
    })
  })

  test('walks away: EXPIRED, as abandoned, when the time is over', async () => {
    const begun = await scene.begin(bank)
    await scene.decide(begun, 'walk-away')
    await begun.simulator.advance(SESSION_MS + 1000)
    expect(await scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')).toMatchObject({
      status: 'EXPIRED',
      statusReason: 'ABANDONED',
      primaryAction: 'RECONNECT',
    })
    expect(await scene.session(begun.session.id)).toMatchObject({ sessionStatus: 'EXPIRED', nextStep: null })
  })

  test('opens the callback of another provider: nobody is named', async () => {
    const begun = await scene.begin(bank)
    const callback = await scene.decide(begun, 'approve')
    const elsewhere = new URL(callback)
    elsewhere.pathname = bank === FISKIL ? '/callback/enableBanking' : '/callback/fiskil'
    expect((await open(elsewhere)).status).toBe(404)
    elsewhere.pathname = '/callback/nobody'
    expect((await open(elsewhere)).status).toBe(404)
    if (bank === ENABLE_BANKING) expect((await scene.session(begun.session.id)).sessionStatus).toBe('AWAITING_USER')
    expect(toldAt(await open(callback))).toEqual(success(begun, 'AUTHORIZED'))
  })

  test('comes back with nothing but the state: nothing has changed', async () => {
    const begun = await scene.begin(bank)
    const callback = await scene.decide(begun, 'early-denial')
    expect(toldAt(await open(bared(callback)))).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'AWAITING_USER',
      problem: null,
      nextStep: { url: begun.step.url },
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    expect(toldAt(await scene.comeBack(begun, 'approve'))).toEqual(success(begun, 'AUTHORIZED'))
  })

  test('comes back with nothing after a denial: it still counts', async () => {
    const begun = await scene.begin(bank)
    const callback = await scene.decide(begun, 'early-denial')
    await open(callback)
    expect(toldAt(await open(bared(callback)))).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    await begun.simulator.advance(GRACE_MS)
    const ended = await scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')
    expect(ended).toMatchObject({ status: 'REJECTED', statusReason: 'CANCELLED_BY_USER' })
  })
})

describe('Enable Banking: how an attempt ends', () => {
  test.each([
    ['deny', 'REJECTED', 'DENIED_BY_USER', 'access_denied', 'CANCELLED'],
    ['deny-without-words', 'REJECTED', 'DENIED_BY_USER', 'access_denied', 'CANCELLED'],
    ['cancel', 'REJECTED', 'CANCELLED_BY_USER', 'access_denied', 'CANCELLED'],
    ['wrong-password', 'FAILED', 'AUTHENTICATION_FAILED', 'access_denied', 'FAILED'],
    ['no-access', 'FAILED', 'PROVIDER_ERROR', 'access_denied', 'FAILED'],
    ['bank-error', 'FAILED', 'PROVIDER_ERROR', 'server_error', 'FAILED'],
    ['invalid-client', 'FAILED', 'PROVIDER_ERROR', 'invalid_client', 'FAILED'],
    ['late', 'EXPIRED', 'SESSION_EXPIRED', 'EXPIRED_AUTHORIZATION_CODE', 'EXPIRED'],
  ])('%s: %s, %s', async (outcome, status, statusReason, raw, sessionStatus) => {
    const begun = await scene.begin(ENABLE_BANKING)
    expect(toldAt(await scene.comeBack(begun, outcome))).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    await begun.simulator.advance(GRACE_MS)
    const ended = await scene.until(begun.consent.id, (now) => now.status !== 'AWAITING_AUTHORIZATION')
    expect(ended).toMatchObject({ status, statusReason, providerStatus: { raw } })
    expect((await scene.session(begun.session.id)).sessionStatus).toBe(sessionStatus)
    expect(await scene.effects(begun.simulator, 'session.authorized', begun.attempt)).toEqual([])
  })

  test('no account of the application: FAILED, and the exchange is not made again', async () => {
    const begun = await scene.begin({ ...ENABLE_BANKING, ref: 'FI:Sandbox No Accounts' })
    const { result, calls } = await begun.simulator.callsDuring(() => scene.comeBack(begun, 'approve'))
    expect(toldAt(result)).toEqual(cancelled(begun, 'AWAITING_AUTHORIZATION'))
    expect(calls.filter(({ path }) => path === '/sessions')).toHaveLength(1)
    await begun.simulator.advance(GRACE_MS)
    const ended = await scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')
    expect(ended).toMatchObject({ status: 'FAILED', providerStatus: { raw: 'NO_ACCOUNTS_ADDED' } })
  })
})

describe('an address of the client', () => {
  const refused = async (returnTo: object | null) => {
    const { authSession, consent, userErrors } = await scene.start(ENABLE_BANKING, { returnTo })
    expect([authSession, consent]).toEqual([null, null])
    return userErrors
  }

  test('is needed where a person is sent away', async () => {
    for (const bank of [ENABLE_BANKING, FISKIL]) {
      const { userErrors } = await scene.start(bank, { returnTo: null })
      expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'returnTo'] }])
    }
  })

  test.each([
    ['of somebody else', 'https://evil.example/sandbox/return', 'NOT_ALLOWED'],
    ['of another path', '/sandbox/other', 'NOT_ALLOWED'],
    ['of a path below', '/sandbox/return/x', 'NOT_ALLOWED'],
    ['of a path that is spelled otherwise', '/sandbox//return', 'NOT_ALLOWED'],
    ['with a fragment', '/sandbox/return#x', 'INVALID_INPUT'],
    ['with an empty fragment', '/sandbox/return#', 'INVALID_INPUT'],
  ])('%s is refused', async (_, address, code) => {
    const success = address.startsWith('/') ? scene.gateway.url + address : address
    expect(await refused({ success })).toMatchObject([{ code, path: ['input', 'returnTo', 'success'] }])
    expect(await refused({ ...scene.returnTo, cancel: success })).toMatchObject([
      { code, path: ['input', 'returnTo', 'cancel'] },
    ])
  })

  test('on another port is refused', async () => {
    const elsewhere = new URL(scene.returnTo.success)
    elsewhere.port = elsewhere.port === '9' ? '10' : '9'
    expect(await refused({ success: elsewhere.href })).toMatchObject([{ code: 'NOT_ALLOWED' }])
  })

  test.each([
    ['without TLS, beyond loopback', () => 'http://app.example/return'],
    ['with a user name', () => scene.returnTo.success.replace('http://', 'http://anna:pw@')],
    ['that is relative', () => '/sandbox/return'],
    ['that is a script', () => 'javascript:alert(1)'],
  ])('%s is no address at all', async (_, address) => {
    await expect(refused({ success: address() })).rejects.toThrow('BAD_USER_INPUT')
  })

  test('in other letters or with steps in its path is the same address', async () => {
    const { port } = new URL(scene.gateway.url)
    const success = `HTTP://127.0.0.1:${port}/sandbox/x/../return?a=1`
    const begun = await scene.begin(ENABLE_BANKING, { returnTo: { success } })
    const { location } = await scene.comeBack(begun, 'approve')
    expect(location!.pathname).toBe('/sandbox/return')
    expect(location!.searchParams.get('a')).toBe('1')
  })

  test('gets its own query back, but cannot forge the words of the gateway', async () => {
    const forged = `${scene.gateway.url}/sandbox/return?status=AUTHORIZED&consent_id=con_x&keep=1`
    const begun = await scene.begin(ENABLE_BANKING, { returnTo: { success: forged } })
    const { location } = await scene.comeBack(begun, 'deny')
    expect(location!.searchParams.getAll('status')).toEqual(['AWAITING_AUTHORIZATION'])
    expect(location!.searchParams.getAll('consent_id')).toEqual([begun.consent.id])
    expect(location!.searchParams.get('keep')).toBe('1')
  })

  test('is never one that the callback brought along', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    callback.searchParams.set('returnTo', 'https://evil.example')
    callback.searchParams.set('redirect_uri', 'https://evil.example')
    const { location } = await open(callback)
    expect(location!.origin).toBe(scene.gateway.url)
    expect(location!.href).not.toContain('evil')
  })
})
