import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAuthorize } from '../../../src/providers/enable-banking/auth.ts'
import { ENABLE_BANKING_SANDBOX_GUIDE } from '../../../src/sandbox/enable-banking/guide.ts'
import { calling, caught, startConnector } from './harness.ts'

afterEach(() => void vi.useRealTimers())

const otherKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).privateKey

describe('the token', () => {
  it('is used again until shortly before its end, which real time decides', async () => {
    await using eb = await startConnector()
    vi.useFakeTimers({ toFake: ['Date'] })
    const seen = eb.watch()
    await eb.connector.check(calling())
    eb.clock.advance(180 * 86_400_000)
    vi.advanceTimersByTime(54 * 60_000)
    await eb.connector.check(calling())
    vi.advanceTimersByTime(2 * 60_000)
    await eb.connector.check(calling())
    const [first, second, third] = seen.map(({ headers }) => headers.authorization)
    expect(second).toBe(first)
    expect(third).not.toBe(first)
  })

  it('is replaced when the clock of the machine is set back', async () => {
    await using eb = await startConnector()
    vi.useFakeTimers({ toFake: ['Date'] })
    const authorize = createAuthorize({ kind: 'KEY', ...eb.sandbox.credential })
    const before = await authorize()
    vi.setSystemTime(Date.now() - 3_600_000)
    expect(await authorize()).not.toBe(before)
  })

  it('that was made beforehand is sent as it is, and not once it has expired', async () => {
    await using maker = await startConnector()
    const made = await createAuthorize({ kind: 'KEY', ...maker.sandbox.credential })()
    const jwt = made.slice('Bearer '.length)
    await using eb = await startConnector({ credential: { kind: 'JWT', jwt } })
    const seen = eb.watch()
    expect(await eb.connector.check(calling())).toMatchObject({ ok: true })
    expect(seen[0]?.headers.authorization).toBe(made)
    vi.useFakeTimers({ toFake: ['Date'] })
    vi.advanceTimersByTime(3_601_000)
    expect(await caught(eb.connector.check(calling()))).toMatchObject({ code: 'PROVIDER_CREDENTIALS_INVALID' })
    expect(seen).toHaveLength(1)
  })
})

describe('the check', () => {
  it('names the application, or says what is wrong with it', async () => {
    await using eb = await startConnector()
    expect(await eb.connector.check(calling())).toEqual({ ok: true, detail: 'Consentgraph sandbox, SANDBOX' })
    const body = { name: 'App', environment: 'PRODUCTION', active: false, services: ['AIS'] }
    eb.sandbox.faults.next({ kind: 'status', status: 200, body })
    expect(await eb.connector.check(calling())).toMatchObject({
      ok: false,
      detail: expect.stringContaining('active') as string,
    })
    eb.sandbox.faults.next({ kind: 'status', status: 200, body: { ...body, active: true, services: ['PIS'] } })
    expect(await eb.connector.check(calling())).toMatchObject({
      ok: false,
      detail: expect.stringContaining('AIS') as string,
    })
  })

  it("finds out about a key that is not the application's, an inactive application and a key that is none", async () => {
    await using eb = await startConnector()
    const { applicationId } = eb.sandbox.credential
    for (const [options, word] of [
      [{ credential: { kind: 'KEY', applicationId, privateKey: otherKey() } }, 'UNAUTHORIZED_ACCESS'],
      [
        { credential: { kind: 'KEY', applicationId: 'another', privateKey: eb.sandbox.credential.privateKey } },
        'UNAUTHORIZED_ACCESS',
      ],
      [{ credential: { kind: 'KEY', applicationId, privateKey: 'none' } }, null],
      [{ active: false }, 'ACCESS_DENIED'],
    ] as const) {
      await using other = await startConnector(options)
      expect(await caught(other.connector.check(calling()))).toMatchObject({
        code: 'PROVIDER_CREDENTIALS_INVALID',
        providerCode: word,
      })
    }
  })
})

describe('institutions', () => {
  it('are named by country and name, and carry what a client must know', async () => {
    await using eb = await startConnector()
    const institutions = await eb.connector.institutions(calling())
    const byRef = new Map(institutions.map((institution) => [institution.ref, institution]))
    expect(byRef.size).toBe(institutions.length)
    expect(byRef.get('SE:Mock ASPSP')).toEqual({
      ref: 'SE:Mock ASPSP',
      name: 'Mock ASPSP',
      country: 'SE',
      logoUrl: `${eb.sandbox.url}/logos/SE/Mock%20ASPSP`,
      psuTypes: ['PERSONAL', 'BUSINESS'],
      steps: ['REDIRECT'],
      maxConsentSeconds: 15_552_000,
      requiredPsuFields: [],
      available: true,
    })
    expect(byRef.get('FI:Sandbox 90 Days')?.maxConsentSeconds).toBe(7_776_000)
    expect(byRef.get('FI:Sandbox PSU Headers')?.requiredPsuFields).toEqual(['ipAddress', 'userAgent'])
    expect(byRef.get('DE:Sandbox Business')?.psuTypes).toEqual(['BUSINESS'])
  })

  it('of the guide are those that the connector names', async () => {
    await using eb = await startConnector()
    const refs = new Set((await eb.connector.institutions(calling())).map(({ ref }) => ref))
    expect(ENABLE_BANKING_SANDBOX_GUIDE.filter(({ institutionRef }) => !refs.has(institutionRef))).toEqual([])
    expect(await (await fetch(eb.sandbox.url)).text()).toContain('FI:Sandbox Redirect')
  })

  it('outlive one entry that does not fit, but not a list of which nothing does', async () => {
    await using eb = await startConnector()
    const good = {
      name: 'Bank',
      country: 'FI',
      psu_types: ['personal', 'robot'],
      maximum_consent_validity: 60,
      logo: 'javascript:x',
    }
    const reply = (aspsps: unknown) =>
      eb.sandbox.faults.next({ kind: 'status', status: 200, body: { aspsps }, match: 'GET /aspsps' })
    reply([{ name: 'No country' }, good, { ...good, maximum_consent_validity: 90 }, { ...good, country: 'Finland' }])
    expect(await eb.connector.institutions(calling())).toMatchObject([
      { ref: 'FI:Bank', psuTypes: ['PERSONAL'], logoUrl: null, maxConsentSeconds: 60 },
    ])
    reply([{ name: 'No country' }])
    expect(await caught(eb.connector.institutions(calling()))).toMatchObject({ code: 'PROVIDER_CONTRACT_VIOLATION' })
    reply([])
    expect(await eb.connector.institutions(calling())).toEqual([])
  })
})
