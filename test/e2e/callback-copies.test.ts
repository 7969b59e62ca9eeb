import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bank, newPhone } from './operations.ts'
import {
  type Begun,
  ENABLE_BANKING,
  FISKIL,
  GRACE_MS,
  open,
  type Opened,
  openRedirectScene,
  type RedirectScene,
} from './redirect-scene.ts'

let scene: RedirectScene

beforeAll(async () => {
  scene = await openRedirectScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

const exchanges = async ({ simulator }: Begun): Promise<number> =>
  (await simulator.calls()).filter(({ method, path }) => method === 'POST' && path === '/sessions').length

const addressOf = ({ status, location }: Opened): string => {
  expect(status).toBe(303)
  return location!.href
}

const complete = (begun: Begun, callbackUrl: URL | string, more: object = {}) =>
  scene.run('completeAuthorization', { authSessionId: begun.session.id, callbackUrl: String(callbackUrl), ...more })

describe('two copies of a callback', () => {
  test.each([ENABLE_BANKING, FISKIL])('$name: the second is answered like the first', async (at) => {
    const begun = await scene.begin(at)
    const callback = await scene.decide(begun, 'approve')
    const first = await open(callback)
    const { result: second, calls } = await begun.simulator.callsDuring(() => open(callback))
    expect(addressOf(second)).toBe(addressOf(first))
    expect(calls.filter(({ path }) => path === '/sessions' || path === '/v1/consent')).toEqual([])
    const { version } = await scene.consent(begun.consent.id)
    await open(callback)
    expect((await scene.consent(begun.consent.id)).version).toBe(version)
  })

  test.each([ENABLE_BANKING, FISKIL])('$name: of twenty that race, all are answered alike', async (bank) => {
    const begun = await scene.begin(bank)
    const callback = await scene.decide(begun, 'approve')
    const before = await exchanges(begun)
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(callback)))
    expect(new Set(answers.map(addressOf)).size).toBe(1)
    expect(answers[0]!.location!.searchParams.get('status')).toBe('AUTHORIZED')
    if (bank === ENABLE_BANKING) expect((await exchanges(begun)) - before).toBe(1)
    expect(await scene.effects(begun.simulator, bank.takenBack, begun.attempt)).toEqual([])
  })

  test('twenty denials that race are one', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'deny')
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(callback)))
    expect(new Set(answers.map(addressOf)).size).toBe(1)
    const denied = (await scene.explain(begun.consent.id)).filter(({ to }) => to === 'REJECTED')
    expect(denied).toEqual([])
    await begun.simulator.advance(GRACE_MS)
    await scene.until(begun.consent.id, ({ status }) => status === 'REJECTED')
    expect((await scene.explain(begun.consent.id)).filter(({ to }) => to === 'REJECTED')).toMatchObject([
      { applied: true, repeated: 1 },
    ])
  })

  test.each(['the denial first', 'the code first'])(
    'a denial and a code that race, %s: the code wins',
    async (order) => {
      const begun = await scene.begin(ENABLE_BANKING)
      const denial = await scene.decide(begun, 'early-denial')
      const code = await scene.decide(begun, 'approve')
      const before = await exchanges(begun)
      const urls = order === 'the denial first' ? [denial, code] : [code, denial]
      const answers = await Promise.all([...urls, ...urls, ...urls].map((url) => open(url)))
      for (const answer of answers) expect(answer.status).toBe(303)
      expect(await scene.session(begun.session.id)).toMatchObject({
        sessionStatus: 'COMPLETED',
        consent: { status: 'AUTHORIZED', revocation: null },
      })
      expect((await exchanges(begun)) - before).toBe(1)
      await begun.simulator.advance(GRACE_MS)
      expect((await scene.consent(begun.consent.id)).status).toBe('AUTHORIZED')
    },
  )

  test('a copy that an app or a proxy has added something to is a copy', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    const decorated = new URL(callback)
    decorated.searchParams.set('session_state', '1')
    const before = await exchanges(begun)
    const answers = await Promise.all([callback, decorated].map((url) => open(url)))
    expect(new Set(answers.map(addressOf)).size).toBe(1)
    expect((await exchanges(begun)) - before).toBe(1)
  })

  test('a HEAD of a careful mail reader does not take the code away', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    expect((await open(callback, { method: 'HEAD' })).text).toBe('')
    expect((await open(callback)).location!.searchParams.get('status')).toBe('AUTHORIZED')
  })

  test('while the first is exchanged slowly, the others wait for its end', async () => {
    const begun = await scene.begin({ ...ENABLE_BANKING, ref: 'FI:Sandbox Redirect-slow' })
    const callback = await scene.decide(begun, 'approve')
    const before = await exchanges(begun)
    const answers = await Promise.all([open(callback), open(callback), complete(begun, callback)])
    expect(addressOf(answers[1])).toBe(addressOf(answers[0]))
    expect(answers[0].location!.searchParams.get('status')).toBe('AUTHORIZED')
    expect(answers[2]).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    expect((await exchanges(begun)) - before).toBe(1)
  })

  test('the clock runs out while the code is exchanged: who came in time is in time', async () => {
    const begun = await scene.begin({ ...ENABLE_BANKING, ref: 'FI:Sandbox Redirect-slow' })
    const callback = await scene.decide(begun, 'approve')
    const claimed = scene.session(begun.session.id)
    await claimed
    const coming = open(callback)
    await begun.simulator.callsDuring(async () => {
      while ((await scene.effects(begun.simulator, 'session.authorized', begun.attempt)).length === 0) {
        await scene.session(begun.session.id)
      }
    })
    await begun.simulator.advance(900_000)
    expect((await coming).location!.searchParams.get('status')).toBe('AUTHORIZED')
    expect((await scene.consent(begun.consent.id)).revocation).toBeNull()
  })
})

describe('completeAuthorization', () => {
  test.each([ENABLE_BANKING, FISKIL])('$name: takes the whole address that an app caught', async (bank) => {
    const begun = await scene.begin(bank)
    const callback = await scene.decide(begun, 'approve')
    expect(await complete(begun, callback)).toMatchObject({
      userErrors: [],
      authSession: { id: begun.session.id, sessionStatus: 'COMPLETED' },
      consent: { id: begun.consent.id, status: 'AUTHORIZED' },
    })
    const before = await exchanges(begun)
    expect(await complete(begun, callback)).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    expect((await open(callback)).location!.searchParams.get('status')).toBe('AUTHORIZED')
    expect(await exchanges(begun)).toBe(before)
  })

  test('takes a denial', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    expect(await complete(begun, await scene.decide(begun, 'deny'))).toMatchObject({
      userErrors: [],
      authSession: { sessionStatus: 'VERIFYING' },
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
  })

  test('races with the route, under one idempotency key or several', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    const before = await exchanges(begun)
    const [route, ...payloads] = await Promise.all([
      open(callback),
      complete(begun, callback, { idempotencyKey: 'one' }),
      complete(begun, callback, { idempotencyKey: 'two' }),
      complete(begun, callback),
    ])
    expect(route.location!.searchParams.get('status')).toBe('AUTHORIZED')
    for (const payload of payloads) expect(payload).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
    expect((await exchanges(begun)) - before).toBe(1)
    expect(await complete(begun, callback, { idempotencyKey: 'one' })).toMatchObject({
      userErrors: [],
      consent: { status: 'AUTHORIZED' },
    })
  })

  test.each([
    ['without a state', (url: URL) => url.searchParams.delete('state')],
    ['with another state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43))],
    ['with an empty state', (url: URL) => url.searchParams.set('state', '')],
  ])('refuses an address %s, and nothing is sent', async (_, change) => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    const wrong = new URL(callback)
    change(wrong)
    const { result, calls } = await begun.simulator.callsDuring(() => complete(begun, wrong))
    expect(result.userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'callbackUrl'] }])
    expect(calls).toEqual([])
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('AWAITING_USER')
    expect(await complete(begun, callback)).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test("refuses another session's address", async () => {
    const [mine, other] = [await scene.begin(ENABLE_BANKING), await scene.begin(ENABLE_BANKING)]
    const callback = await scene.decide(other, 'approve')
    expect((await complete(mine, callback)).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }])
    expect((await scene.session(other.session.id)).sessionStatus).toBe('AWAITING_USER')
    expect(await complete(other, callback)).toMatchObject({ consent: { status: 'AUTHORIZED' } })
  })

  test('says so where the address tells nothing, and the session goes on', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    const bare = new URL(callback)
    bare.searchParams.delete('code')
    expect(await complete(begun, bare)).toMatchObject({
      userErrors: [{ code: 'INVALID_INPUT', path: ['input', 'callbackUrl'] }],
      authSession: { sessionStatus: 'AWAITING_USER', nextStep: { id: begun.step.id } },
      consent: { status: 'AWAITING_AUTHORIZATION' },
    })
    expect(await complete(begun, callback)).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  })

  test('does not know the session of another person', async () => {
    const begun = await scene.begin(ENABLE_BANKING)
    const callback = await scene.decide(begun, 'approve')
    const input = { authSessionId: begun.session.id, callbackUrl: callback.href }
    const foreign = await scene.run('completeAuthorization', input, { as: scene.gateway.userToken })
    expect(foreign).toMatchObject({
      authSession: null,
      consent: null,
      userErrors: [{ code: 'NOT_FOUND', path: ['input', 'authSessionId'] }],
    })
    expect((await scene.session(begun.session.id)).sessionStatus).toBe('AWAITING_USER')
  })

  test('has nothing to complete where nobody was sent away', async () => {
    const { authSession } = await scene.run('startAuthorization', {
      user: { externalId: await scene.newUser() },
      target: { institutionId: bank('sandbox.otp') },
      psu: { phone: newPhone() },
    })
    const callbackUrl = `${scene.gateway.url}/callback/openBankProject?state=x&code=y`
    const { userErrors } = await scene.run('completeAuthorization', { authSessionId: authSession!.id, callbackUrl })
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'callbackUrl'] }])
    expect((await scene.session(authSession!.id)).sessionStatus).toBe('AWAITING_USER')
  })
})
