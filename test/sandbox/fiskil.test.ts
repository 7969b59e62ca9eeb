import { describe, expect, it } from 'vitest'
import { cancel, clientId, clientSecret, personAt, startFiskil } from './fiskil-client.ts'

const credentials = { client_id: clientId, client_secret: clientSecret }

describe('tokens', () => {
  it.each(['token', 'access_token'] as const)('come as `%s`, with their life in seconds', async (tokenField) => {
    await using fiskil = await startFiskil({ tokenField, tokenSeconds: 60 })
    const { body } = await fiskil.send('POST', '/v1/token', credentials)
    expect(body).toMatchObject({ [tokenField]: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/), expires_in: 60 })
  })

  it('end, and are needed everywhere but for institutions', async () => {
    await using fiskil = await startFiskil()
    const refused = { status: 401, body: { name: 'unauthorized', fault: false, temporary: false } }
    expect(await fiskil.send('GET', '/v1/consent')).toMatchObject(refused)
    expect(await fiskil.send('POST', '/v1/token', { ...credentials, client_secret: 'x' })).toMatchObject(refused)
    expect((await fiskil.send('GET', '/v1/institutions?client_id=c')).status).toBe(200)
    expect((await fiskil.call('GET', '/v1/consent')).status).toBe(200)
    fiskil.clock.advance(901_000)
    expect(await fiskil.call('GET', '/v1/consent')).toMatchObject(refused)
  })
})

describe('formats', () => {
  it.each([
    ['v1', true],
    ['v2', true],
    ['v3', false],
  ])('%s', async (version, isBare) => {
    await using fiskil = await startFiskil()
    const { body, headers } = await fiskil.call('GET', '/v1/consent', undefined, { 'X-Fiskil-Version': version })
    expect(body).toEqual(isBare ? [] : { consents: [], links: {} })
    expect(headers.get('x-fiskil-version')).toBe(version)
  })

  it('refuses a version that does not exist', async () => {
    await using fiskil = await startFiskil()
    expect((await fiskil.call('GET', '/v1/consent', undefined, { 'X-Fiskil-Version': '3' })).status).toBe(400)
  })

  it('writes the end of a session as seconds or as a date-time', async () => {
    for (const [sessionExpiryForm, form] of [
      ['epoch-seconds', expect.any(Number)],
      ['date-time', expect.stringMatching(/^\d{4}-.*Z$/)],
    ] as const) {
      await using fiskil = await startFiskil({ sessionExpiryForm })
      const asked = { end_user_id: await fiskil.endUser(), redirect_uri: cancel, cancel_uri: cancel }
      const { body } = await fiskil.call('POST', '/v1/auth/session', asked)
      expect(body).toMatchObject({ id: clientId, session_id: expect.any(String), expires_at: form })
    }
  })
})

describe('end users', () => {
  it('need nothing, and go once', async () => {
    await using fiskil = await startFiskil()
    const id = await fiskil.endUser()
    expect((await fiskil.call('DELETE', `/v1/end-users/${id}`)).status).toBe(204)
    expect(await fiskil.call('DELETE', `/v1/end-users/${id}`)).toMatchObject({
      status: 404,
      body: { name: 'end_user_not_found' },
    })
    expect((await fiskil.call('GET', `/v1/banking/accounts?end_user_id=${id}`)).body.accounts).toEqual([])
  })

  it.each([
    [true, 400],
    [false, 200],
  ])('have e-mail addresses of their own: %s', async (uniqueEmails, status) => {
    await using fiskil = await startFiskil({ uniqueEmails })
    const twin = { email: 'a@b.example' }
    await fiskil.call('POST', '/v1/end-users', twin)
    expect((await fiskil.call('POST', '/v1/end-users', twin)).status).toBe(status)
  })
})

describe('the person', () => {
  it('walks through all pages: bank, code, accounts', async () => {
    await using fiskil = await startFiskil()
    const person = personAt(fiskil.sandbox)
    const endUserId = await fiskil.endUser()
    const id = await fiskil.session(endUserId, { institution_id: undefined })
    expect((await person.open(`/auth?sess_id=${id}`)).page).toContain('sandbox.outage')
    const bank = { sess_id: id, institution_id: 'sandbox.redirect' }
    expect((await person.open(`/auth/log-in?${new URLSearchParams(bank)}`)).page).toContain(
      'Log in at Sandbox Redirect',
    )
    await person.submit('/auth/code', { ...bank, email: 'me@b.example' })
    expect(fiskil.sandbox.inbox.messages({ to: 'me@b.example' })).toMatchObject([{ code: '123456' }])
    expect((await person.submit('/auth/approve', { ...bank, otp: '123456' })).page).toContain('Everyday')
    const { status, to } = await person.finish(id, 'approve', { ...bank, account: 'saver' })
    expect(status).toBe(303)
    expect(to?.href).toBe(`https://client.example/cb?state=s1&session_id=${id}`)
    expect(await fiskil.consents(endUserId)).toMatchObject([
      { active: true, institution_id: 'sandbox.redirect', duration: 7_776_000, end_user_id: endUserId },
    ])
    const { body } = await fiskil.call('GET', `/v1/banking/accounts?end_user_id=${endUserId}`)
    expect(body.accounts).toMatchObject([{ display_name: 'Saver', masked_number: 'xxxx xxxx 3579' }])
  })

  it.each([
    ['leave', 'access_denied', 'AUTH_SESSION_CANCELLED'],
    ['deny', 'access_denied', 'CONSENT_ENDUSER_DENIED'],
    ['wrong-otp', 'access_denied', 'CONSENT_OTP_FAILURE'],
    ['ineligible', 'access_denied', 'CONSENT_ENDUSER_INELIGIBLE'],
    ['timeout', null, 'CONSENT_TIMEOUT'],
    ['bank-error', 'server_error', 'CONSENT_UPSTREAM_PROCESSING_ERROR'],
    ['bank-error-old-name', 'server_error', 'CONSUMERDATA_PROCESSING_ERROR'],
    ['session-invalid', null, 'AUTH_SESSION_INVALID'],
  ])('%s: %s %s, and no consent', async (outcome, error, errorType) => {
    await using fiskil = await startFiskil()
    const endUserId = await fiskil.endUser()
    const { to } = await personAt(fiskil.sandbox).finish(await fiskil.session(endUserId), outcome)
    expect(to?.href.startsWith(`${cancel}&`)).toBe(true)
    expect(to?.searchParams.get('error')).toBe(error)
    expect(to?.searchParams.get('error_type')).toBe(errorType)
    expect(to?.searchParams.get('error_id')).toMatch(/^err_/)
    expect(await fiskil.consents(endUserId)).toEqual([])
  })

  it.each([
    ['close-window', null],
    ['late', null],
    ['lose-state', 'https://client.example/cb?session_id='],
  ])('%s: a consent, whoever hears of it', async (outcome, to) => {
    await using fiskil = await startFiskil()
    const endUserId = await fiskil.endUser()
    const id = await fiskil.session(endUserId)
    const answer = await personAt(fiskil.sandbox).finish(id, outcome)
    expect(answer.to?.href ?? null).toBe(to === null ? null : to + id)
    expect(await fiskil.consents(endUserId)).toHaveLength(1)
  })

  it('enters a wrong code', async () => {
    await using fiskil = await startFiskil()
    const id = await fiskil.session(await fiskil.endUser())
    const { to } = await personAt(fiskil.sandbox).submit('/auth/approve', { sess_id: id, otp: '000000' })
    expect(to?.searchParams.get('error_type')).toBe('CONSENT_OTP_FAILURE')
  })

  it('uses a link once, and in time', async () => {
    await using fiskil = await startFiskil()
    const person = personAt(fiskil.sandbox)
    const endUserId = await fiskil.endUser()
    const [used, expired] = [await fiskil.session(endUserId), await fiskil.session(endUserId)]
    await person.finish(used, 'approve')
    fiskil.clock.advance(901_000)
    for (const id of [used, expired]) {
      const { to } = await person.finish(id, 'approve')
      expect(to?.searchParams.get('error_type')).toBe('AUTH_SESSION_INVALID')
    }
    expect(fiskil.sandbox.ledger.count('consent.granted')).toBe(1)
  })

  it('may approve after a denial that came too early, or walk away', async () => {
    await using fiskil = await startFiskil()
    const person = personAt(fiskil.sandbox)
    const id = await fiskil.session(await fiskil.endUser())
    expect((await person.finish(id, 'walk-away')).to).toBeNull()
    expect((await person.finish(id, 'early-denial')).to?.searchParams.get('error')).toBe('access_denied')
    expect((await person.finish(id, 'approve')).to?.searchParams.get('session_id')).toBe(id)
  })
})
