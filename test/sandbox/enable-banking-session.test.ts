import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OUTCOMES } from '../../src/sandbox/enable-banking/outcomes.ts'
import { callback, press, startEnableBanking } from './enable-banking-client.ts'

const minute = 60_000

describe('the pages of the bank', () => {
  it('lead a person from the link to the callback', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start()
    const sessionid = body.authorization_id
    const start = await fetch(body.url)
    expect(start.headers.get('Content-Security-Policy')).toContain("form-action 'self' http://localhost:4000")
    expect(await start.text()).toContain(`action="/ais/log-in"`)
    expect(await (await fetch(`${bank.sandbox.url}/ais/log-in?sessionid=${sessionid}`)).text()).toContain('Log in')
    const approve = await fetch(`${bank.sandbox.url}/ais/approve`, {
      method: 'POST',
      body: new URLSearchParams({ sessionid }),
    })
    expect(await approve.text()).toContain('value="approve"')
    const back = await press(body.url, 'approve')
    expect(back?.href.startsWith(`${callback}?code=`)).toBe(true)
    expect(back?.searchParams.get('state')).toBe('some-state')
    expect((await fetch(body.url)).status).toBe(410)
  })

  it.each(Object.entries(OUTCOMES))('come to what the button %s says', async (name, outcome) => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start({ redirect_url: `${callback}?tenant=7` })
    const back = await press(body.url, name)
    const { body: session } = await bank.call('GET', `/sessions/${body.authorization_id}`)
    expect(session.status).toBe(outcome.stale ? 'INVALID' : (outcome.ends ?? 'PENDING_AUTHORIZATION'))
    if (name === 'walk-away') return expect(back).toBeNull()
    expect(back?.searchParams.get('tenant')).toBe('7')
    expect(back?.searchParams.get('state')).toBe(outcome.losesState ? null : 'some-state')
    expect(back?.searchParams.has('code')).toBe(outcome.ends === 'RETURNED_FROM_BANK')
    expect(back?.searchParams.get('error') ?? undefined).toBe(outcome.error?.[0])
    expect(back?.searchParams.get('error_description') ?? null).toBe(outcome.error?.[1] ?? null)
  })

  it('can still be approved after a denial that came too early', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start()
    expect((await press(body.url, 'early-denial'))?.searchParams.get('error')).toBe('access_denied')
    expect((await press(body.url, 'approve'))?.searchParams.has('code')).toBe(true)
  })

  it('are over after an hour', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start()
    bank.clock.advance(61 * minute)
    expect((await fetch(body.url)).status).toBe(410)
    expect(await press(body.url, 'approve')).toBeNull()
  })

  it('show what people have granted, and let them withdraw it or the bank end it', async () => {
    await using bank = await startEnableBanking()
    const withdrawn = await bank.authorize()
    const ended = await bank.authorize()
    expect(await (await fetch(`${bank.sandbox.url}/consents`)).text()).toContain(withdrawn.session_id)
    for (const [sessionid, by] of [
      [withdrawn.session_id, 'person'],
      [ended.session_id, 'bank'],
    ] as const) {
      await fetch(`${bank.sandbox.url}/consents/end`, { method: 'POST', body: new URLSearchParams({ sessionid, by }) })
    }
    const statusOf = async (id: string) => (await bank.call('GET', `/sessions/${id}`)).body.status
    expect([await statusOf(withdrawn.session_id), await statusOf(ended.session_id)]).toEqual(['REVOKED', 'EXPIRED'])
  })
})

describe('a code', () => {
  it('is good once, for five minutes, and only if it was issued', async () => {
    await using bank = await startEnableBanking()
    const codeOf = async (outcome: string) =>
      (await press((await bank.start()).body.url, outcome))?.searchParams.get('code')
    const exchange = (code: unknown) => bank.call('POST', '/sessions', { code })
    const code = await codeOf('approve')
    expect(await exchange(code)).toMatchObject({ status: 200, body: { aspsp: { name: 'Sandbox Redirect' } } })
    expect(await exchange(code)).toMatchObject({ status: 422, body: { error: 'ALREADY_AUTHORIZED' } })
    expect(await exchange('never-issued')).toMatchObject({ status: 422, body: { error: 'WRONG_AUTHORIZATION_CODE' } })
    expect(await exchange(await codeOf('late'))).toMatchObject({ body: { error: 'EXPIRED_AUTHORIZATION_CODE' } })
    const slow = await codeOf('approve')
    bank.clock.advance(6 * minute)
    expect(await exchange(slow)).toMatchObject({ status: 422, body: { error: 'EXPIRED_AUTHORIZATION_CODE' } })
    expect(await exchange(undefined)).toMatchObject({ status: 422, body: { error: 'WRONG_REQUEST_PARAMETERS' } })
    expect(bank.sandbox.ledger.count('session.authorized')).toBe(1)
  })

  it('gives a session another id than the authorization had', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start()
    const code = (await press(body.url, 'approve'))?.searchParams.get('code')
    const session = await bank.call('POST', '/sessions', { code })
    expect(await bank.call('GET', `/sessions/${session.body.session_id}`)).toMatchObject({
      body: { status: 'AUTHORIZED' },
    })
    expect(await bank.call('GET', `/sessions/${body.authorization_id}`)).toMatchObject({
      status: 404,
      body: { error: 'SESSION_DOES_NOT_EXIST' },
    })
  })

  it('is worth nothing where no account is linked', async () => {
    await using bank = await startEnableBanking()
    const { body } = await bank.start({ aspsp: { name: 'Sandbox No Accounts', country: 'FI' } })
    const code = (await press(body.url, 'approve'))?.searchParams.get('code')
    expect(await bank.call('POST', '/sessions', { code })).toMatchObject({
      status: 422,
      body: { error: 'NO_ACCOUNTS_ADDED' },
    })
  })
})

describe('accounts', () => {
  it('have new uids in each session and the same hash; a blocked one has no uid', async () => {
    await using bank = await startEnableBanking()
    const [first, second] = [await bank.authorize(), await bank.authorize()]
    const hashes = (accounts: typeof first.accounts) => accounts.map((account) => account.identification_hash)
    expect(hashes(first.accounts)).toEqual(hashes(second.accounts))
    expect(first.accounts.map(({ uid }) => uid)).not.toEqual(second.accounts.map(({ uid }) => uid))
    expect(first.accounts.filter(({ uid }) => uid === undefined)).toHaveLength(1)
    const { body } = await bank.call('GET', `/sessions/${first.session_id}`)
    expect(body.accounts).toEqual(body.accounts_data.map(({ uid }) => uid))
    expect(body.accounts_data).toHaveLength(3)
  })

  it('can be chosen by the client and by the person', async () => {
    await using bank = await startEnableBanking()
    const access = { valid_until: new Date(Date.now() + 3_600_000).toISOString() }
    const all = await bank.authorize()
    const { body: details } = await bank.call('GET', `/accounts/${all.accounts[0]?.uid}/details`)
    const { iban } = details.account_id
    expect((await bank.authorize({ access: { ...access, accounts: [{ iban }] } })).accounts).toHaveLength(1)
    const { body } = await bank.start()
    const code = (await press(body.url, 'approve', ['savings']))?.searchParams.get('code')
    expect((await bank.call('POST', '/sessions', { code })).body.accounts).toMatchObject([{ name: 'Savings account' }])
  })

  it('come later at some banks', async () => {
    await using bank = await startEnableBanking()
    const session = await bank.authorize({ aspsp: { name: 'Sandbox Late Accounts', country: 'FI' } })
    expect(session.accounts).toEqual([])
    bank.clock.advance(10_000)
    expect((await bank.call('GET', `/sessions/${session.session_id}`)).body.accounts).toHaveLength(3)
  })

  it('can be read four times a day without the person, and not after the end', async () => {
    await using bank = await startEnableBanking()
    const session = await bank.authorize()
    const details = (headers?: Record<string, string>) =>
      bank.call('GET', `/accounts/${session.accounts[0]?.uid}/details`, undefined, headers)
    const statuses: number[] = []
    for (let turn = 0; turn < 5; turn += 1) statuses.push((await details()).status)
    expect(statuses).toEqual([200, 200, 200, 200, 429])
    expect(await details({ 'Psu-Ip-Address': '192.0.2.1' })).toMatchObject({ status: 200 })
    await bank.call('DELETE', `/sessions/${session.session_id}`)
    expect(await details()).toMatchObject({ status: 401, body: { error: 'CLOSED_SESSION' } })
  })
})

describe('the end of a session', () => {
  it('is one DELETE; the second is 400', async () => {
    await using bank = await startEnableBanking()
    const { session_id } = await bank.authorize()
    const end = () => bank.call('DELETE', `/sessions/${session_id}`)
    expect(await end()).toMatchObject({ status: 200, body: { message: 'OK' } })
    expect(await end()).toMatchObject({ status: 400, body: { error: 'CLOSED_SESSION' } })
    expect(await bank.call('DELETE', '/sessions/unknown')).toMatchObject({ status: 404 })
    expect(bank.sandbox.ledger.count('session.closed')).toBe(1)
    expect((await bank.call('GET', `/sessions/${session_id}`)).body.status).toBe('CLOSED')
  })

  it('comes with valid_until, with the bank, and with a newer consent where a bank allows one', async () => {
    await using bank = await startEnableBanking()
    const statusOf = async (id: string) => (await bank.call('GET', `/sessions/${id}`)).body.status
    const single = { aspsp: { name: 'Sandbox One Consent', country: 'SE' } }
    const older = await bank.authorize({ ...single, psu_id: 'usr_1' })
    const ofAnother = await bank.authorize({ ...single, psu_id: 'usr_2' })
    await bank.authorize({ ...single, psu_id: 'usr_1' })
    expect([await statusOf(older.session_id), await statusOf(ofAnother.session_id)]).toEqual(['EXPIRED', 'AUTHORIZED'])

    const soon = await bank.authorize({ aspsp: { name: 'Sandbox Redirect-expires-soon', country: 'FI' } })
    bank.clock.advance(minute)
    expect([await statusOf(soon.session_id), await statusOf(ofAnother.session_id)]).toEqual(['EXPIRED', 'AUTHORIZED'])
    bank.clock.advance(86_400_000)
    expect(await statusOf(ofAnother.session_id)).toBe('EXPIRED')
    expect(await bank.call('DELETE', `/sessions/${ofAnother.session_id}`)).toMatchObject({
      status: 400,
      body: { error: 'EXPIRED_SESSION' },
    })
  })
})

describe('a bank that misbehaves by name', () => {
  const named = (suffix: string) => ({ aspsp: { name: `Sandbox Redirect-${suffix}`, country: 'FI' } })

  it('says 429 in two forms', async () => {
    await using bank = await startEnableBanking()
    const { session_id } = await bank.authorize(named('429'))
    const read = () => bank.call('GET', `/sessions/${session_id}`)
    const [first, second] = [await read(), await read()]
    expect([first.status, second.status]).toEqual([429, 429])
    expect([first.headers.get('Retry-After'), second.headers.get('Retry-After')]).toEqual([null, '21600'])
    expect(first.body).toMatchObject({ error: 'ASPSP_RATE_LIMIT_EXCEEDED', detail: 'Unknown error' })
  })

  it('fails reads, and two DELETEs', async () => {
    await using bank = await startEnableBanking()
    const { session_id } = await bank.authorize(named('5xx'))
    const statusOf = async (method: string) => (await bank.call(method, `/sessions/${session_id}`)).status
    expect([await statusOf('GET'), await statusOf('GET')]).toEqual([500, 502])
    expect([await statusOf('DELETE'), await statusOf('DELETE'), await statusOf('DELETE')]).toEqual([500, 500, 200])
    expect(bank.sandbox.ledger.count('session.closed')).toBe(1)
  })

  it('has a status of its own, and takes its time', async () => {
    await using bank = await startEnableBanking({ slowDelayMs: 1500 })
    const { session_id } = await bank.authorize(named('weird-status'))
    expect((await bank.call('GET', `/sessions/${session_id}`)).body.status).toBe('UNDER_REVIEW')
    const before = performance.now()
    await bank.start(named('slow'))
    expect(performance.now() - before).toBeGreaterThan(1400)
  })
})

it('knows after a restart what it had acknowledged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'eb-'))
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
  const stateFile = join(folder, 'eb.jsonl')
  let sessionId: string
  let url: string
  {
    await using bank = await startEnableBanking({ stateFile })
    sessionId = (await bank.authorize()).session_id
    url = (await bank.start()).body.url
  }
  await using bank = await startEnableBanking({ stateFile })
  expect((await bank.call('GET', `/sessions/${sessionId}`)).body.status).toBe('AUTHORIZED')
  const back = await press(url.replace(new URL(url).origin, bank.sandbox.url), 'approve')
  expect(await bank.call('POST', '/sessions', { code: back?.searchParams.get('code') })).toMatchObject({ status: 200 })
  expect(bank.sandbox.ledger.entries().map(({ effect }) => effect)).toEqual([
    'authorization.started',
    'authorization.returned',
    'session.authorized',
    'authorization.started',
    'authorization.returned',
    'session.authorized',
  ])
})
