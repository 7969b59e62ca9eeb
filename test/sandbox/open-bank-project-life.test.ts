import { describe, expect, it } from 'vitest'
import type { ObpBody, ObpClient } from './obp-client.ts'
import { json, matching, startObp } from './obp-client.ts'

const notFound = 'OBP-35001: Consent not found by CONSENT_ID. '
const connector = 'OBP-50200: Connector cannot return the data we requested. <- '
const unknownId = '00000000-0000-4000-8000-000000000000'
const revokePath = (id: string) => `/obp/v3.1.0/banks/sandbox.otp/my/consents/${id}/revoke`
const listPath = (version = 'v3.1.0', bankId = 'sandbox.otp') => `/obp/${version}/banks/${bankId}/my/consents`
const challengePath = (id: string) => `/obp/v3.1.0/banks/sandbox.otp/consents/${id}/challenge`

const createdId = async (obp: ObpClient, bankId?: string) => (await obp.create(bankId)).body.consent_id
const listed = async (obp: ObpClient, path = listPath()) => (await obp.call('GET', path)).body.consents

describe('answering', () => {
  it('takes one attempt; wrong is 201 and REJECTED for good', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    expect(await obp.answer(id, '124')).toMatchObject({ status: 201, body: { consent_id: id, status: 'REJECTED' } })
    expect(await obp.answer(id)).toMatchObject({ status: 201, body: { status: 'REJECTED' } })
    expect(obp.sandbox.ledger.entries('challenge.answered')).toMatchObject([
      { ids: { consentId: id, status: 'REJECTED' } },
    ])
  })

  it('twice changes nothing: 2024 answers as before, 2026 refuses', async () => {
    for (const [generation, status, second] of [
      ['2024', 201, { status: 'ACCEPTED' }],
      ['2026', 400, { message: matching(/^OBP-50200: .* <- OBP-35025: /) }],
    ] as const) {
      await using obp = await startObp({ generation })
      const id = await createdId(obp)
      expect(await obp.answer(id)).toMatchObject({ status: 201, body: { status: 'ACCEPTED' } })
      expect(await obp.answer(id, 'wrong')).toMatchObject({ status, body: second })
      expect(obp.sandbox.ledger.count('challenge.answered')).toBe(1)
    }
  })

  it('an unknown consent is 400, wrapped', async () => {
    await using obp = await startObp()
    expect(await obp.answer(unknownId)).toMatchObject({ status: 400, body: { message: connector + notFound } })
  })

  it('is checked in order: user, bank, body', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    expect((await obp.send('POST', challengePath(id), json, {})).body.message).toMatch('OBP-20001')
    expect((await obp.call('POST', challengePath(id).replace('sandbox.otp', 'x'), {})).body.message).toMatch(
      'OBP-30001',
    )
    expect((await obp.call('POST', challengePath(id), { answer: 123 })).body.message).toMatch('OBP-10001')
    expect((await listed(obp))[0]?.status).toBe('INITIATED')
  })

  it('is open to anybody who is logged in, even after the end of the consent', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    obp.clock.advance(2 * 3_600_000)
    const stranger = await obp.logIn('sandbox-other')
    const answered = await obp.send('POST', challengePath(id), { ...stranger, ...json }, { answer: '123' })
    expect(answered.body.status).toBe('ACCEPTED')
  })
})

describe('revoking', () => {
  it.each(['INITIATED', 'ACCEPTED', 'REJECTED'])('turns %s into REVOKED, by GET, once', async (status) => {
    await using obp = await startObp()
    const id = await createdId(obp)
    if (status !== 'INITIATED') await obp.answer(id, status === 'ACCEPTED' ? '123' : 'x')
    expect((await listed(obp))[0]?.status).toBe(status)
    expect(await obp.call('GET', revokePath(id))).toMatchObject({
      status: 200,
      body: { consent_id: id, status: 'REVOKED' },
    })
    expect(await obp.call('GET', revokePath(id))).toMatchObject({
      status: 400,
      body: { message: `${connector}OBP-35012: Consent is already revoked. ` },
    })
    expect((await obp.answer(id)).body.status).toBe('REVOKED')
    expect(obp.sandbox.ledger.count('consent.revoked', { consentId: id })).toBe(1)
  })

  it('does not know a consent of somebody else', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    const stranger = await obp.logIn('sandbox-other')
    for (const [path, login] of [
      [revokePath(id), stranger],
      [revokePath(unknownId), await obp.logIn()],
    ] as const) {
      expect(await obp.send('GET', path, login)).toMatchObject({ status: 400, body: { message: notFound } })
    }
    expect(obp.sandbox.ledger.count('consent.revoked')).toBe(0)
  })

  it('by DELETE needs a role at the bank', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    const path = (bankId: string) => `/obp/v5.1.0/banks/${bankId}/consents/${id}`
    expect(await obp.call('DELETE', path('sandbox.otp-accepted'))).toMatchObject({
      status: 403,
      body: { message: matching(/OBP-20006/) },
    })
    expect(await obp.call('DELETE', path('sandbox.otp'))).toMatchObject({ status: 200, body: { status: 'REVOKED' } })
  })
})

describe('listing', () => {
  it('ignores the bank at v3.1.0; filters by it, newest first, at v4.0.0', async () => {
    await using obp = await startObp()
    const first = await createdId(obp)
    const elsewhere = await createdId(obp, 'sandbox.otp-by-email')
    const second = await createdId(obp)
    const ids = (list: ObpBody['consents']) => list.map((consent) => consent.consent_id)
    expect(ids(await listed(obp)).toSorted()).toEqual([first, second, elsewhere].toSorted())
    const v4 = await listed(obp, listPath('v4.0.0'))
    expect(ids(v4)).toEqual([second, first])
    expect(v4[0]).toMatchObject({ api_standard: 'OBP', api_version: 'v3.1.0', jwt: matching(/./) })
    const infos = await listed(obp, '/obp/v4.0.0/banks/sandbox.otp/my/consent-infos')
    expect(ids(infos)).toEqual([second, first])
    expect(infos[0]).toMatchObject({
      last_action_date: matching(/^\d{4}-\d\d-\d\d$/),
      last_usage_date: null,
    })
    expect(infos[0]).not.toHaveProperty('jwt')
  })

  it('shows nobody the consents of somebody else', async () => {
    await using obp = await startObp()
    const id = await createdId(obp)
    const stranger = await obp.logIn('sandbox-other')
    expect((await obp.send('GET', listPath(), stranger)).body.consents).toEqual([])
    const one = `/obp/v5.1.0/user/current/consents/${id}`
    expect(await obp.send('GET', one, stranger)).toMatchObject({ status: 404, body: { message: notFound } })
    expect(await obp.call('GET', one)).toMatchObject({ status: 200, body: { consent_id: id, scopes: [] } })
  })
})

describe('expiry', () => {
  it('is no status in 2024, and comes with the sweep in 2026', async () => {
    for (const [generation, status] of [
      ['2024', 'ACCEPTED'],
      ['2026', 'EXPIRED'],
    ] as const) {
      await using obp = await startObp({ generation })
      obp.clock.set(new Date(595_000 * 3_500_000))
      await obp.accepted({ time_to_live: 60 })
      await obp.create('sandbox.otp', { time_to_live: 60 })
      obp.clock.advance(300_000)
      expect((await listed(obp))[0]?.status).toBe('ACCEPTED')
      obp.clock.advance(300_000)
      expect((await listed(obp)).map((consent) => consent.status)).toEqual([status, 'INITIATED'])
    }
  })
})
