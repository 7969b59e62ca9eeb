import { describe, expect, it } from 'vitest'
import type { FaultKind } from '../../../src/sandbox/faults.ts'
import { calling, caught, psu, startConnector } from './harness.ts'

const LOST = [{ kind: 'reset-after-effect' }, { kind: 'truncate' }, { kind: 'malformed' }] as const

describe('start', () => {
  it.each(LOST)('finds the consent whose creation got lost: $kind', async (fault) => {
    await using insurely = await startConnector()
    const company = 'se-sandbox-approves'
    // Alive at the same bank, and older.
    await insurely.authorize()
    insurely.clock.advance(180_000)
    const startedAt = insurely.clock.now()
    // Of the same time, at another bank, and at this one, ended.
    await insurely.open('se-sandbox-bankid', { psu: psu({ personalNumber: '199001011234' }) })
    await insurely.connector.cancel((await insurely.open(company)).state, calling())
    insurely.sandbox.faults.next({ match: 'POST /consents', ...fault })
    expect(await caught(insurely.start({ institutionRef: company }))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    insurely.clock.advance(300)
    const draft = { company, language: 'en', redirect: null }
    const lost = { draft, institutionRef: company, startedAt, user: await insurely.user() }
    const found = await insurely.connector.recoverStart!(lost, calling())
    expect(found).toMatchObject([{ next: { kind: 'QR' }, consent: { status: 'AWAITING_AUTHORIZATION' } }])
    const [step] = found
    expect((await insurely.status(step?.state ?? {})).next.kind).toBe('QR')
  })

  it.each([{ kind: 'reset-before' }, { kind: 'html' }] as const)(
    'finds nothing that was not made: $kind',
    async (fault) => {
      await using insurely = await startConnector()
      const user = await insurely.user()
      insurely.sandbox.faults.next({ match: 'POST /consents', ...fault })
      expect(await caught(insurely.start())).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
      const draft = { company: 'se-sandbox-bankid', language: 'en', redirect: null }
      const lost = { draft, institutionRef: draft.company, startedAt: insurely.clock.now(), user }
      expect(await insurely.connector.recoverStart!(lost, calling())).toEqual([])
    },
  )

  it('asks nobody where not even the user was made', async () => {
    await using insurely = await startConnector()
    const draft = { company: 'se-sandbox-bankid', language: 'en', redirect: null }
    const lost = { draft, institutionRef: draft.company, startedAt: insurely.clock.now(), user: null }
    expect(await insurely.connector.recoverStart!(lost, calling())).toEqual([])
    expect(insurely.sandbox.calls()).toEqual([])
  })

  it('keeps the consent where only the first look at it fails', async () => {
    await using insurely = await startConnector()
    await insurely.user()
    insurely.sandbox.faults.next({ match: 'GET /consents/:consentId/status', kind: 'status', status: 500, times: 5 })
    const started = await insurely.start()
    expect(started).toMatchObject({ next: { kind: 'WAIT' }, consent: { status: 'INITIATED' } })
    insurely.sandbox.faults.clear()
    insurely.clock.advance(300)
    expect((await insurely.status(started.state)).next.kind).toBe('QR')
  })

  it('is refused by a bank that fails, without a consent', async () => {
    await using insurely = await startConnector()
    expect(await caught(insurely.start({ institutionRef: 'se-sandbox-bankid-5xx' }))).toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      providerCode: 'THIRD_PARTY_ERROR',
    })
    expect(insurely.ledger.count('consent.created')).toBe(0)
  })
})

describe('the user', () => {
  it.each([...LOST, { kind: 'reset-before' }] as const)('is one, however the answer got lost: $kind', async (fault) => {
    await using insurely = await startConnector()
    const ensure = () => insurely.connector.ensureUser!('usr_1', calling())
    insurely.sandbox.faults.next({ match: 'POST /users', ...fault })
    if (fault.kind === 'reset-before') expect(await caught(ensure())).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    const { ref } = await ensure()
    expect((await ensure()).ref).toBe(ref)
    expect(insurely.ledger.count('user.created')).toBe(1)
  })

  it('is found where somebody else was faster', async () => {
    await using insurely = await startConnector()
    const { ref } = await insurely.user()
    insurely.sandbox.faults.next({ match: 'GET /users', kind: 'status', status: 404 })
    expect((await insurely.connector.ensureUser!('usr_1', calling())).ref).toBe(ref)
  })
})

describe('revoke', () => {
  const faults: readonly (FaultKind & { readonly name: string })[] = [
    { name: 'reset', kind: 'reset-after-effect' },
    { name: 'cut', kind: 'truncate' },
    { name: 'unreadable', kind: 'malformed' },
    { name: '500 all the same', kind: 'status', status: 500, afterEffect: true },
    { name: '404', kind: 'status', status: 404, afterEffect: true },
    { name: 'no body', kind: 'status', status: 204, afterEffect: true },
  ]
  it.each(faults)('is confirmed by the list: $name', async ({ name: _name, ...fault }) => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    insurely.sandbox.faults.next({ match: 'DELETE /consents/:consentId', ...fault })
    expect(await insurely.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
    expect(insurely.ledger.count('consent.revoked')).toBe(1)
  })

  it.each([404, 409, 400])('does not believe a %i where the list shows it alive', async (status) => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    insurely.sandbox.faults.next({ match: 'DELETE /consents/:consentId', kind: 'status', status })
    expect(await caught(insurely.connector.revoke(key, null, calling()))).toMatchObject({ code: 'PROVIDER_REJECTED' })
    expect(insurely.ledger.count('consent.revoked')).toBe(0)
  })

  it('does not believe an answer that shows it alive', async () => {
    await using insurely = await startConnector()
    const key = await insurely.authorize()
    const body = { consentId: key.providerConsentId, company: 'se-sandbox-approves', status: 'AUTHORIZED' }
    insurely.sandbox.faults.next({ match: 'DELETE /consents/:consentId', kind: 'status', status: 200, body })
    expect(await caught(insurely.connector.revoke(key, null, calling()))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
  })
})

describe('status', () => {
  it.each([
    [{ kind: 'malformed' }, 'PROVIDER_CONTRACT_VIOLATION'],
    [
      { kind: 'status', status: 200, body: { consentId: 'another', status: 'AUTHORIZED' } },
      'PROVIDER_CONTRACT_VIOLATION',
    ],
    [{ kind: 'status', status: 200, body: [] }, 'PROVIDER_CONTRACT_VIOLATION'],
    [{ kind: 'status', status: 302 }, 'PROVIDER_CONTRACT_VIOLATION'],
    [{ kind: 'status', status: 404 }, 'PROVIDER_REJECTED'],
    [{ kind: 'status', status: 403 }, 'PROVIDER_CREDENTIALS_INVALID'],
    [{ kind: 'status', status: 503, times: 3 }, 'PROVIDER_UNAVAILABLE'],
  ] as const)('%o is %s and changes nothing', async (fault, code) => {
    await using insurely = await startConnector()
    const { state } = await insurely.open()
    insurely.sandbox.faults.next({ match: 'GET /consents/:consentId/status', ...fault })
    expect(await caught(insurely.status(state))).toMatchObject({ code })
    expect((await insurely.status(state)).next.kind).toBe('QR')
  })
})
