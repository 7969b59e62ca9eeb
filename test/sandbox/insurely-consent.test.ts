import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { consentBody, matching, startInsurely } from './insurely-client.ts'

describe('create', () => {
  it('stores first; the bank answers a little later', async () => {
    await using insurely = await startInsurely()
    const { create, status } = await insurely.createUser()
    const { status: code, body } = await create()
    expect(code).toBe(201)
    expect(body).toEqual({
      consentId: body.consentId,
      company: 'se-sandbox-bankid',
      status: 'INITIATED',
      scope: { type: 'PSD2_AIS', balances: true, transactions: false },
    })
    const initiated = await status(body.consentId)
    expect(initiated).toMatchObject({ status: 'INITIATED', pollingInterval: 1000 })
    expect(initiated.authInstructions).toBeUndefined()
    insurely.clock.advance(300)
    expect(await status(body.consentId)).toMatchObject({
      status: 'AWAITING_AUTHORIZATION',
      statusChangedAt: '2026-03-01T12:00:00.300Z',
      authInstructions: { qrCodeData: matching(/^bankid\.[0-9a-f-]{36}\.0\.[0-9a-f]{64}$/) },
    })
  })

  const psd2 = { type: 'PSD2_AIS_CONSENT', balances: true, transactions: true }
  const person = { type: 'SWEDISH_BANKID', personalNumber: '199001011234' }

  it.each([
    ['no login method', { loginMethod: undefined }, 'VALIDATION_ERROR'],
    ['a login method that the company lacks', { company: 'se-sandbox-app-only' }, 'LOGIN_METHOD_NOT_APPLICABLE'],
    ['an unknown company', { company: 'se-nobody' }, 'COMPANY_NOT_FOUND'],
    ['ten digits', { parameters: [psd2, { ...person, personalNumber: '9001011234' }] }, 'VALIDATION_ERROR'],
    ['no person', { parameters: [psd2] }, 'VALIDATION_ERROR'],
    ['no access', { parameters: [person] }, 'VALIDATION_ERROR'],
    [
      'an instant for a day',
      { parameters: [{ ...psd2, validUntil: '2026-04-30T00:00:00Z' }, person] },
      'VALIDATION_ERROR',
    ],
    ['a day that is past', { parameters: [{ ...psd2, validUntil: '2026-02-28' }, person] }, 'VALIDATION_ERROR'],
    ['a locale in another form', { parameters: [{ ...psd2, psuLocale: 'sv' }, person] }, 'VALIDATION_ERROR'],
  ])('refuses %s', async (_name, fields, errorCode) => {
    await using insurely = await startInsurely()
    const { create } = await insurely.createUser()
    expect(await create('se-sandbox-bankid', fields)).toMatchObject({ status: 400, body: { errorCode } })
    expect(insurely.sandbox.ledger.count('consent.created')).toBe(0)
  })

  it('keeps no personal number', async () => {
    await using insurely = await startInsurely()
    const { open, status } = await insurely.createUser()
    const consentId = await open()
    const calls = JSON.stringify([insurely.sandbox.ledger.entries(), insurely.sandbox.calls(), await status(consentId)])
    expect(calls).not.toContain('199001011234')
    expect(await (await fetch(insurely.sandbox.phoneUrl)).text()).not.toContain('199001011234')
  })
})

describe('the order', () => {
  it('has another code each second, as BankID computes it', async () => {
    await using insurely = await startInsurely()
    const { open, status } = await insurely.createUser()
    const consentId = await open()
    const codes = new Set<string>()
    for (let second = 0; second < 5; second += 1) {
      const [, , seconds, code = ''] = (await status(consentId)).authInstructions?.['qrCodeData']?.split('.') ?? []
      expect(seconds).toBe(String(second))
      codes.add(code)
      insurely.clock.advance(1000)
    }
    expect(codes.size).toBe(5)
  })

  it('takes the code of now, and no stale, forged or foreign one', async () => {
    await using insurely = await startInsurely()
    const { open, status } = await insurely.createUser()
    const consentId = await open()
    const first = (await status(consentId)).authInstructions?.['qrCodeData'] ?? ''
    const [, token] = first.split('.')
    const forged = `bankid.${token}.0.${createHmac('sha256', 'guess').update('0').digest('hex')}`
    expect((await insurely.scan(forged)).status).toBe(410)
    insurely.clock.advance(6000)
    expect((await insurely.scan(first)).status).toBe(410)
    const now = (await status(consentId)).authInstructions?.['qrCodeData']
    expect(await insurely.scan(now)).toMatchObject({ status: 200, body: { consentId } })
    const scanned = await status(consentId)
    expect(scanned.authInstructions).toEqual({ type: matching('QR'), hintCode: 'userSign' })
  })

  it.each([
    ['approve', 'AUTHORIZED', undefined],
    ['cancel', 'FAILED', 'AUTHENTICATION_CANCELLED'],
    ['other-person', 'FAILED', 'AUTHENTICATION_MISMATCH'],
    ['fail', 'FAILED', 'THIRD_PARTY_ERROR'],
  ])('ends as the person wants: %s', async (act, status, code) => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const consentId = await user.open()
    const { orderRef } = (await insurely.scan((await user.status(consentId)).authInstructions?.['qrCodeData'])).body
    expect((await insurely.phone(`orders/${orderRef}/${act}`)).status).toBe(200)
    const ended = await user.status(consentId)
    expect(ended).toMatchObject({ status, pollingInterval: null })
    expect(ended.error?.code).toBe(code)
    expect((await insurely.phone(`orders/${orderRef}/${act}`)).status).toBe(410)
  })

  it('opens by the autostart token on the same device', async () => {
    await using insurely = await startInsurely()
    const user = await insurely.createUser()
    const consentId = await user.open('se-sandbox-bankid', { loginMethod: 'SWEDISH_MOBILE_BANKID_SAME_DEVICE' })
    const { autoStartToken = '', qrCodeData } = (await user.status(consentId)).authInstructions ?? {}
    expect(qrCodeData).toBeUndefined()
    expect((await insurely.phone('open', { autoStartToken: 'other' })).status).toBe(410)
    expect((await insurely.phone('open', { autoStartToken })).status).toBe(200)
  })

  it('is not signed before it is picked up', async () => {
    await using insurely = await startInsurely()
    const { open } = await insurely.createUser()
    await open()
    const answer = await fetch(`${insurely.sandbox.phoneUrl}.json`)
    const { orders } = (await answer.json()) as { orders: readonly { orderRef: string }[] }
    expect((await insurely.phone(`orders/${orders[0]?.orderRef}/approve`)).status).toBe(409)
  })

  it.each([
    ['nobody scans', 'se-sandbox-bankid', 30_000],
    ['scanned and left', 'se-sandbox-walks-away', 183_000],
    ['nobody scans, renewed twice', 'se-sandbox-renews-order', 90_000],
  ])('runs out: %s', async (_name, company, afterMs) => {
    await using insurely = await startInsurely()
    const { open, status } = await insurely.createUser()
    const consentId = await open(company)
    insurely.clock.advance(afterMs - 1)
    expect((await status(consentId)).status).toBe('AWAITING_AUTHORIZATION')
    insurely.clock.advance(1)
    expect(await status(consentId)).toMatchObject({ status: 'FAILED', error: { code: 'AUTHENTICATION_TIMEOUT' } })
  })

  it('ends the first order of a person with the second, and nobody else', async () => {
    await using insurely = await startInsurely()
    const one = await insurely.createUser()
    const first = await one.open()
    const other = consentBody('se-sandbox-bankid')
    const stranger = { parameters: [other.parameters[0], { type: 'SWEDISH_BANKID', personalNumber: '198001011234' }] }
    const third = await (await insurely.createUser('usr_2')).open('se-sandbox-bankid', stranger)
    const second = await one.open()
    expect(await one.status(first)).toMatchObject({ status: 'FAILED', error: { code: 'AUTHENTICATION_CONFLICT' } })
    expect((await one.status(second)).status).toBe('AWAITING_AUTHORIZATION')
    expect(insurely.sandbox.ledger.count('consent.failed', { consentId: third })).toBe(0)
  })
})
