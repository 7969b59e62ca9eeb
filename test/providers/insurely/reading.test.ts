import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { INSURELY_SANDBOX_SEED } from '../../../src/sandbox/insurely/seed.ts'
import { calling, caught, psu, startConnector } from './harness.ts'

const LIST = 'GET /users/:userUuid/consents'

describe('reading', () => {
  it('asks once for all consents of a user, and keeps their order', async () => {
    await using insurely = await startConnector()
    const first = await insurely.authorize()
    const second = await insurely.keyOf(await insurely.open('se-sandbox-cancels'))
    insurely.clock.advance(5000)
    const unknown = { ...first, providerConsentId: 'none' }
    const nobody = { ...first, user: null }
    const read = await insurely.connector.readConsents([second, unknown, first, nobody], calling())
    expect(read).toMatchObject([
      { status: 'REJECTED', reason: 'DENIED_BY_USER', detail: 'AUTHENTICATION_CANCELLED' },
      { code: 'PROVIDER_REJECTED' },
      { status: 'AUTHORIZED', access: { balances: true } },
      { code: 'INTERNAL' },
    ])
    expect(insurely.calls(LIST)).toBe(1)
  })

  it('asks for no user twice and lets no user fail with another', async () => {
    await using insurely = await startConnector()
    const mine = await insurely.authorize()
    const user = await insurely.connector.ensureUser!('usr_2', calling())
    insurely.sandbox.faults.next({ match: `GET /users/${user.ref}/consents`, kind: 'status', status: 404 })
    const read = await insurely.connector.readConsents([{ ...mine, user }, mine, { ...mine, user }], calling())
    expect(read).toMatchObject([{ code: 'PROVIDER_REJECTED' }, { status: 'AUTHORIZED' }, { code: 'PROVIDER_REJECTED' }])
    expect(insurely.calls(LIST)).toBe(2)
  })

  it('learns of an end that nobody told', async () => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    await insurely.phone(`consents/${key.providerConsentId}/withdraw`)
    const other = await insurely.authorize()
    insurely.clock.advance(200 * 86_400_000)
    expect(await insurely.connector.readConsents([key, other], calling())).toMatchObject([
      { status: 'REVOKED', reason: 'REVOKED_AT_INSTITUTION' },
      { status: 'EXPIRED', reason: 'VALIDITY_ENDED' },
    ])
  })

  it('has nothing to ask for without keys', async () => {
    await using insurely = await startConnector()
    expect(await insurely.connector.readConsents([], calling())).toEqual([])
  })
})

describe('revoking', () => {
  it('ends the consent, and one that has ended counts as revoked', async () => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    for (const _try of [1, 2]) {
      expect(await insurely.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
    }
    expect(insurely.ledger.count('consent.revoked')).toBe(1)
    const unknown = { ...key, providerConsentId: 'none' }
    expect(await insurely.connector.revoke(unknown, null, calling())).toMatchObject({ status: 'REVOKED', raw: null })
  })

  it('needs no session that is still good', async () => {
    await using insurely = await startConnector({ sessionSeconds: 600 })
    const key = await insurely.authorize()
    insurely.clock.advance(700_000)
    await insurely.createConnector().revoke(key, null, calling())
    expect(insurely.ledger.count('consent.revoked')).toBe(1)
  })

  it('cannot reach the consents of a user who was forgotten too early, and says so', async () => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    await insurely.connector.forgetUser!(await insurely.user(), calling())
    expect(await caught(insurely.connector.revoke(key, null, calling()))).toMatchObject({ code: 'PROVIDER_REJECTED' })
  })
})

describe('users', () => {
  it('gets the same user again, with a session', async () => {
    await using insurely = await startConnector()
    const user = await insurely.user()
    expect(user.secrets).toMatchObject({ token: expect.any(String), expiresAt: expect.any(String) })
    expect((await insurely.createConnector().ensureUser!('usr_1', calling())).ref).toBe(user.ref)
  })

  it('forgets, twice if asked to, and has another user of the same name after', async () => {
    await using insurely = await startConnector()
    const user = await insurely.user()
    await insurely.connector.forgetUser!(user, calling())
    await insurely.connector.forgetUser!(user, calling())
    await insurely.connector.forgetUser!({ ref: 'none', secrets: null }, calling())
    expect(insurely.ledger.count('user.anonymized')).toBe(1)
    expect((await insurely.connector.ensureUser!('usr_1', calling())).ref).not.toBe(user.ref)
  })

  it('lists collections, newest first, by the name of the institution', async () => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    await insurely.phone(`consents/${key.providerConsentId}/collect`)
    insurely.clock.advance(4000)
    await insurely.phone(`consents/${key.providerConsentId}/collect`)
    const list = async () => await insurely.connector.collections!(await insurely.user(), calling())
    expect(await list()).toMatchObject([
      { institutionName: 'se-sandbox-approves', status: 'RUNNING', createdAt: insurely.clock.now() },
      { status: 'COMPLETED' },
    ])
    await insurely.connector.institutions(calling())
    expect(await list()).toMatchObject([{ institutionName: 'Sandbox BankID (approves)' }, {}])
  })
})

describe('institutions', () => {
  it('are the companies that have a BankID', async () => {
    await using insurely = await startConnector()
    const listed = await insurely.connector.institutions(calling())
    const find = (ref: string) => listed.find((one) => one.ref === ref)
    expect(find('se-sandbox-bankid')).toEqual({
      ref: 'se-sandbox-bankid',
      name: 'Sandbox BankID',
      country: 'SE',
      logoUrl: null,
      psuTypes: ['PERSONAL'],
      steps: ['APP_LAUNCH', 'QR'],
      maxConsentSeconds: null,
      requiredPsuFields: ['personalNumber'],
      available: true,
    })
    expect(find('se-sandbox-qr-only')?.steps).toEqual(['QR'])
    expect(find('se-sandbox-app-only')?.steps).toEqual(['APP_LAUNCH'])
    expect(find('se-sandbox-down')?.available).toBe(false)
    expect(find('se-sandbox-password')).toBeUndefined()
  })

  it('are what a login is chosen by', async () => {
    await using insurely = await startConnector({ bankAnswerMs: 0 })
    await insurely.connector.institutions(calling())
    const any = psu({ device: 'ANY' })
    const kindAt = async (institutionRef: string) => (await insurely.start({ institutionRef, psu: any })).next.kind
    expect(await kindAt('se-sandbox-app-only')).toBe('APP_LAUNCH')
    expect(await kindAt('se-sandbox-qr-only')).toBe('QR')
  })
})

describe('check', () => {
  it('knows a good API key from a bad one', async () => {
    await using insurely = await startConnector()
    expect(await insurely.connector.check(calling())).toMatchObject({ ok: true })
    await using other = await startConnector({ apiKey: 'wrong' })
    expect(await other.connector.check(calling())).toEqual({
      ok: false,
      detail: 'Insurely does not accept the API key: the operator must check INSURELY_API_KEY.',
    })
  })
})

describe('webhooks', () => {
  const body = new TextEncoder().encode('{"collectionId":"c","status":"COMPLETED","eventId":"e"}')
  const sign = (secret: string) => createHmac('sha256', secret).update(body).digest('hex')

  it('are of collections: signed ones are taken and tell nothing, others are refused', async () => {
    await using insurely = await startConnector()
    const decode = (signature: string) =>
      insurely.connector.decodeWebhook!({
        headers: { 'X-Insurely-Signature': signature },
        body,
        receivedAt: new Date(),
      })
    expect(await decode(sign(INSURELY_SANDBOX_SEED.webhookSecret))).toEqual([])
    for (const signature of ['', 'zz', sign('other')]) {
      expect(await caught(decode(signature))).toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })
})

it('sends the version and keeps the two credentials apart', async () => {
  await using insurely = await startConnector()
  await insurely.authorize()
  expect(insurely.sandbox.calls().filter(({ status }) => status === 401 || status === 400)).toEqual([])
})
