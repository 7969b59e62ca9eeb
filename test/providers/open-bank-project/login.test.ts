import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { callFor, connect, faultOf, startBench, toAnswer, toKey } from './bench.ts'

const LOGIN = '/my/logins/direct'

describe('the configured user', () => {
  it('logs in once for all who wait, and then not again', async () => {
    await using bench = await startBench()
    await Promise.all(Array.from({ length: 8 }, () => bench.start()))
    await bench.start()
    expect(bench.countCalls(LOGIN)).toBe(1)
  })

  it('does not fail all who wait when the first of them goes away', async () => {
    await using bench = await startBench()
    bench.sandbox.faults.next({ kind: 'delay', delayMs: 50, match: `POST ${LOGIN}` })
    const leaving = new AbortController()
    const first = bench.connector.check(callFor(10_000, leaving.signal))
    const second = bench.connector.check(callFor())
    leaving.abort()
    expect(await first).toMatchObject({ ok: false })
    expect(await second).toMatchObject({ ok: true })
  })

  it.each([400, 401] as const)(
    'logs in again when its token is refused with %i, and repeats the call once',
    async (badTokenStatus) => {
      await using bench = await startBench({ badTokenStatus })
      const step = await bench.start()
      bench.clock.advance(29 * 24 * 3_600_000)
      const done = await bench.connector.answer(step.state, toAnswer(step), callFor())
      expect(done.consent?.status).toBe('AUTHORIZED')
      expect(bench.sandbox.ledger.count('challenge.answered')).toBe(1)
      expect(bench.countCalls(LOGIN)).toBe(2)
    },
  )

  it('asks once for all whose token was refused at the same time', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.clock.advance(29 * 24 * 3_600_000)
    await Promise.all([
      bench.connector.revoke(toKey(done), null, callFor()),
      bench.connector.check(callFor()),
      bench.connector.readConsents([toKey(done)], callFor()),
    ])
    expect(bench.countCalls(LOGIN)).toBe(2)
  })

  it('gives up when the new token is refused, too', async () => {
    await using bench = await startBench()
    const refusal = { message: 'OBP-20003: This DirectLogin token is invalid or expired: secret' }
    bench.sandbox.faults.next({
      kind: 'status',
      status: 400,
      body: refusal,
      match: 'GET /obp/:version/my/accounts',
      times: 9,
    })
    const fault = await faultOf(bench.start())
    expect(fault).toMatchObject({ code: 'PROVIDER_CREDENTIALS_INVALID', providerCode: 'OBP-20003' })
    expect(fault.message).not.toContain('secret')
    expect(bench.countCalls('/my/accounts')).toBe(2)
  })

  it('is not locked out by a wrong password: it is tried once', async () => {
    await using bench = await startBench({}, { password: 'wrong' })
    for (let round = 0; round < 8; round += 1) {
      expect(await bench.connector.check(callFor())).toMatchObject({
        ok: false,
        detail: 'Open Bank Project refuses the login: check OBP_USERNAME, OBP_PASSWORD and OBP_CONSUMER_KEY.',
      })
    }
    expect(bench.countCalls(LOGIN)).toBe(1)
  })

  it('tries again after a fault of the server', async () => {
    await using bench = await startBench()
    bench.sandbox.faults.next({ kind: 'html', match: `POST ${LOGIN}`, times: 3 })
    expect(await bench.connector.check(callFor())).toMatchObject({ ok: false })
    expect(await bench.connector.check(callFor())).toMatchObject({ ok: true })
  })

  it("takes an older server's 200", async () => {
    await using bench = await startBench({ loginStatus: 200 })
    expect(await bench.connector.check(callFor())).toEqual({ ok: true, detail: 'The configured user can sign in.' })
  })

  it('says what an operator must change', async () => {
    await using bench = await startBench({ consentsAllowed: false })
    const done = await bench.authorize()
    const fault = await faultOf(bench.connector.accounts?.(toKey(done), callFor()) ?? Promise.resolve())
    expect(fault).toMatchObject({ code: 'PROVIDER_CREDENTIALS_INVALID', providerCode: 'OBP-35007' })
  })
})

describe('on the wire', () => {
  it('header names keep their case, and no consent travels with a login', async () => {
    const seen = new Map<string, readonly string[]>()
    const server = createServer((request, response) => {
      seen.set(request.url ?? '', request.rawHeaders)
      response.writeHead(200, { 'Content-Type': 'application/json' })
      response.end(
        JSON.stringify(request.url?.endsWith('direct') ? { token: 't' } : { accounts: [], consents: [], user_id: 'u' }),
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const psd2Cert = '-----BEGIN CERTIFICATE-----\nAAAA\r\nBBBB\n-----END CERTIFICATE-----'
    const { connector, upstream } = connect(`http://127.0.0.1:${port}`, { psd2Cert })
    try {
      await connector.check(callFor())
      const secrets = { jwt: 'a.b.c', bankId: 'b', consumerId: null, everything: false, userToken: 'Bearer psu' }
      const key = { consentId: 'con_x', providerConsentId: 'x', institutionRef: 'b', user: null, secrets } as const
      await connector.accounts?.(key, callFor())
      await connector.readConsents([key], callFor())
    } finally {
      await upstream.close()
      server.close()
    }
    const headersOf = (path: string) => seen.get(path)?.filter((_, index) => index % 2 === 0)
    const accounts = seen.get('/obp/v3.1.0/my/accounts') ?? []
    expect(accounts).toEqual(expect.arrayContaining(['Consent-JWT', 'a.b.c', 'Consumer-Key', 'PSD2-CERT']))
    expect(accounts).toContain('-----BEGIN CERTIFICATE-----AAAABBBB-----END CERTIFICATE-----')
    expect(accounts).not.toContain('DirectLogin')
    expect(accounts).not.toContain('Authorization')
    expect(headersOf('/obp/v3.0.0/users/current')).toContain('DirectLogin')
    expect(seen.get('/obp/v3.1.0/banks/b/my/consents')).toEqual(expect.arrayContaining(['Authorization', 'Bearer psu']))
    expect(headersOf('/obp/v3.1.0/banks/b/my/consents')).not.toContain('DirectLogin')
  })
})
