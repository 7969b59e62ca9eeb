import { describe, expect, it } from 'vitest'
import { calling, caught, startConnector } from './harness.ts'

type Harness = Awaited<ReturnType<typeof startConnector>>
const issued = ({ sandbox }: Harness) => sandbox.ledger.count('token.issued')

describe('the token', () => {
  it.each(['token', 'access_token'] as const)('named %s is asked for once', async (tokenField) => {
    await using fiskil = await startConnector({ tokenField })
    await Promise.all([fiskil.start(), fiskil.start(), fiskil.newUser()])
    expect(issued(fiskil)).toBe(1)
  })

  it('is renewed when its life says so, and once for all who wait', async () => {
    let now = Date.now()
    await using fiskil = await startConnector({ tokenSeconds: 100, now: () => now })
    now += 89_000
    await fiskil.newUser()
    expect(issued(fiskil)).toBe(1)
    now += 2_000
    fiskil.sandbox.faults.next({ kind: 'delay', delayMs: 50, match: 'POST /v1/token' })
    await Promise.all(Array.from({ length: 8 }, () => fiskil.newUser()))
    expect(issued(fiskil)).toBe(2)
  })

  it('that is refused is renewed once, and the call repeated once, whatever it is', async () => {
    await using fiskil = await startConnector()
    fiskil.clock.advance(901_000)
    await fiskil.start()
    expect(issued(fiskil)).toBe(2)
    expect(fiskil.sandbox.ledger.count('session.created')).toBe(1)
    fiskil.sandbox.faults.next({ kind: 'status', status: 401, match: 'POST /v1/auth/session', times: 5 })
    const before = fiskil.sandbox.calls().length
    expect(await caught(fiskil.start())).toMatchObject({ code: 'PROVIDER_CREDENTIALS_INVALID' })
    expect(fiskil.sandbox.calls().length - before).toBe(3)
  })

  it('that many find refused is renewed once', async () => {
    await using fiskil = await startConnector()
    fiskil.clock.advance(901_000)
    await Promise.all(Array.from({ length: 8 }, () => fiskil.newUser()))
    expect(issued(fiskil)).toBe(2)
  })
})

describe('the check', () => {
  it('asks for a token', async () => {
    await using fiskil = await startConnector()
    expect(await fiskil.connector.check(calling())).toEqual({ ok: true, detail: 'The client gets a token.' })
    expect(issued(fiskil)).toBe(2)
  })

  it('names what is wrong', async () => {
    await using fiskil = await startConnector()
    fiskil.sandbox.faults.next({ kind: 'status', status: 401, match: 'POST /v1/token' })
    expect(await fiskil.connector.check(calling())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/FISKIL_CLIENT_SECRET/),
    })
    fiskil.sandbox.faults.next({ kind: 'status', status: 200, body: { expires_in: 900 }, match: 'POST /v1/token' })
    expect(await fiskil.connector.check(calling())).toMatchObject({ ok: false })
    await using badSecret = await startConnector({ settings: { webhookSecret: '{not base64}' } })
    expect(await badSecret.connector.check(calling())).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/FISKIL_WEBHOOK_SECRET/),
    })
  })

  it('a fault never holds the secret', async () => {
    await using fiskil = await startConnector()
    fiskil.sandbox.faults.next({
      kind: 'status',
      status: 401,
      body: { message: 'sandbox-only' },
      match: 'POST /v1/token',
    })
    fiskil.clock.advance(901_000)
    const error = await caught(fiskil.newUser())
    expect(error.code).toBe('PROVIDER_CREDENTIALS_INVALID')
    expect(JSON.stringify([error.message, error.cause, String(error.cause)])).not.toContain('sandbox-only')
  })
})
