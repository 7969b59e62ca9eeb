import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEnableBankingSandbox } from '../../src/sandbox/enable-banking/server.ts'
import {
  type Begun,
  ENABLE_BANKING,
  FISKIL,
  GRACE_MS,
  open,
  openRedirectScene,
  type RedirectScene,
} from './redirect-scene.ts'

const EXCHANGE = 'POST /sessions'

/** Short, so that what is lost is named soon. */
const openScene = (env: Readonly<Record<string, string>> = {}) =>
  openRedirectScene({ env: { PROVIDER_CALL_DEADLINE_MS: '3000', ...env } })

const statusAt = ({ location }: { readonly location: URL | null }) => location?.searchParams.get('status')

describe('the exchange', () => {
  let scene: RedirectScene
  beforeAll(async () => {
    scene = await openScene()
  })
  afterAll(() => scene[Symbol.asyncDispose]())

  const exchanges = async ({ simulator }: Begun): Promise<number> =>
    (await simulator.calls()).filter(({ method, path }) => `${method} ${path}` === EXCHANGE).length

  const ended = (begun: Begun) => scene.until(begun.consent.id, ({ status }) => status !== 'AWAITING_AUTHORIZATION')

  test.each([
    ['is not available', { kind: 'status', status: 503 }],
    ['is asked too often', { kind: 'status', status: 429 }],
    ['fails at the bank, and says so', { kind: 'status', status: 400, body: { error: 'ASPSP_ERROR' } }],
  ])('is made again where Enable Banking %s: nothing had begun', async (_, fault) => {
    const begun = await scene.begin(ENABLE_BANKING)
    const before = await exchanges(begun)
    await begun.simulator.fault({ ...fault, match: EXCHANGE, times: 2 })
    expect(statusAt(await scene.comeBack(begun, 'approve'))).toBe('AUTHORIZED')
    expect((await exchanges(begun)) - before).toBe(3)
    expect(await scene.effects(begun.simulator, 'session.authorized', begun.attempt)).toHaveLength(1)
  })

  test('is given up in the end: FAILED, and said so', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    await begun.simulator.fault({ kind: 'status', status: 503, match: EXCHANGE, times: 3 })
    const back = await scene.comeBack(begun, 'approve')
    expect(statusAt(back)).toBe('FAILED')
    expect(back.location!.searchParams.get('cancelled')).toBe('1')
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'FAILED',
      problem: { code: 'PROVIDER_UNAVAILABLE' },
      consent: { status: 'FAILED', statusReason: 'PROVIDER_ERROR', primaryAction: 'RECONNECT' },
    })
  })

  test('does not wait for who wants to be left alone for hours', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const before = await exchanges(begun)
    await begun.simulator.fault({
      kind: 'status',
      status: 429,
      body: { error: 'ASPSP_RATE_LIMIT_EXCEEDED' },
      headers: { 'retry-after': '21600' },
      match: EXCHANGE,
    })
    expect(statusAt(await scene.comeBack(begun, 'approve'))).toBe('FAILED')
    expect((await exchanges(begun)) - before).toBe(1)
  })

  test.each([
    ['after it took effect', { kind: 'reset-after-effect' }, 1],
    ['before it took effect, as nobody can tell', { kind: 'reset-before' }, 0],
    ['in the middle of the answer', { kind: 'truncate' }, 1],
    ['behind the page of a proxy', { kind: 'html', status: 502 }, 0],
  ])('is lost %s: named by the reconciler, and never made again', async (_, fault, made) => {
    const begun = await scene.begin(ENABLE_BANKING)
    const before = await exchanges(begun)
    await begun.simulator.fault({ ...fault, match: EXCHANGE })
    const callback = await scene.decide(begun, 'approve')
    const back = await open(callback)
    expect(statusAt(back)).toBe('AWAITING_AUTHORIZATION')
    expect(back.location!.searchParams.get('app')).toBe('1')
    expect(await scene.session(begun.session.id)).toMatchObject({ sessionStatus: 'VERIFYING', nextStep: null })
    expect(await ended(begun)).toMatchObject({
      status: 'FAILED',
      statusReason: 'PROVIDER_ERROR',
      revocation: null,
      primaryAction: 'RECONNECT',
    })
    expect(await scene.session(begun.session.id)).toMatchObject({
      sessionStatus: 'FAILED',
      problem: { code: 'OUTCOME_UNKNOWN' },
    })
    const decorated = new URL(callback)
    decorated.searchParams.set('utm', '1')
    expect(statusAt(await open(callback))).toBe('FAILED')
    expect(statusAt(await open(decorated))).toBe('FAILED')
    const input = { authSessionId: begun.session.id, callbackUrl: callback.href }
    expect(await scene.run('completeAuthorization', input)).toMatchObject({ consent: { status: 'FAILED' } })
    expect((await exchanges(begun)) - before).toBe(1)
    expect(await scene.effects(begun.simulator, 'session.authorized', begun.attempt)).toHaveLength(made)
  })

  test('is answered with what nobody can read: FAILED, and never made again', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const before = await exchanges(begun)
    await begun.simulator.fault({ kind: 'malformed', match: EXCHANGE })
    await scene.comeBack(begun, 'approve')
    expect(await ended(begun)).toMatchObject({ status: 'FAILED' })
    expect((await exchanges(begun)) - before).toBe(1)
  })

  test('of a code that was exchanged before ends in OUTCOME_UNKNOWN, not in a second consent', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    await begun.simulator.fault({
      kind: 'status',
      status: 422,
      body: { error: 'ALREADY_AUTHORIZED' },
      match: EXCHANGE,
    })
    await scene.comeBack(begun, 'approve')
    expect(await ended(begun)).toMatchObject({ status: 'FAILED' })
    expect((await scene.session(begun.session.id)).problem).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })

  test('Fiskil: what a callback said is kept while the list cannot be read', async () => {
    const granted = await scene.begin(FISKIL)
    await granted.simulator.fault({ kind: 'status', status: 403, body: {}, match: 'GET /v1/consent', times: 1 })
    const back = await scene.comeBack(granted, 'approve')
    expect(back.status).toBe(303)
    expect(await scene.until(granted.consent.id, ({ status }) => status === 'AUTHORIZED')).toBeDefined()

    const denied = await scene.begin(FISKIL)
    await denied.simulator.fault({ kind: 'status', status: 403, body: {}, match: 'GET /v1/consent', times: 1 })
    await scene.comeBack(denied, 'deny')
    const { version } = await scene.session(denied.session.id)
    while ((await scene.session(denied.session.id)).version === version);
    expect(await scene.session(denied.session.id)).toMatchObject({
      sessionStatus: 'VERIFYING',
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    await denied.simulator.advance(GRACE_MS)
    expect(await ended(denied)).toMatchObject({ status: 'REJECTED', statusReason: 'DENIED_BY_USER' })
  })
})

describe('a provider that is down', () => {
  test('costs the attempt where it stays down, and the person is told; the next attempt works', async () => {
    await using sandbox = await createEnableBankingSandbox()
    const { applicationId, privateKey } = sandbox.credential
    await using scene = await openScene({
      ENABLE_BANKING_BASE_URL: sandbox.url,
      ENABLE_BANKING_APPLICATION_ID: applicationId,
      ENABLE_BANKING_PRIVATE_KEY: privateKey,
    })
    sandbox.allowRedirect(`${scene.gateway.url}/callback/enableBanking`)
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    await sandbox.close()
    const back = await open(callback)
    expect(statusAt(back)).toBe('FAILED')
    expect(back.location!.searchParams.get('cancelled')).toBe('1')
    expect((await scene.session(begun.session.id)).problem).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })

    await using revived = await createEnableBankingSandbox({
      port: Number(new URL(sandbox.url).port),
      redirectUrls: [`${scene.gateway.url}/callback/enableBanking`],
    })
    expect(revived.url).toBe(sandbox.url)
    expect(await scene.authorize(ENABLE_BANKING)).toMatchObject({ consent: { status: 'AUTHORIZED' } })
  })
})
