import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/domain/errors.ts'
import { OBP_SANDBOX_SEED } from '../../../src/sandbox/open-bank-project/seed.ts'
import { BANK, callFor, faultOf, GENERATIONS, startBench, toKey } from './bench.ts'

const LIST = 'GET /obp/:version/banks/:bankId/my/consents'
const UNKNOWN = '00000000-0000-4000-8000-000000000000'

describe.each(GENERATIONS)('readConsents at a server of %s', (generation) => {
  it('answers many banks with one list, in the order of the keys', async () => {
    await using bench = await startBench({ generation })
    const first = await bench.authorize()
    const second = await bench.start({ institutionRef: 'sandbox.otp-by-email' })
    const third = await bench.authorize()
    await bench.connector.revoke(toKey(third), null, callFor())
    const answers = await bench.connector.readConsents([toKey(third), toKey(second), toKey(first)], callFor())
    expect(answers).toMatchObject([
      { status: 'REVOKED', providerConsentId: third.consent?.providerConsentId },
      { status: 'AWAITING_AUTHORIZATION', providerConsentId: second.consent?.providerConsentId },
      { status: 'AUTHORIZED', providerConsentId: first.consent?.providerConsentId },
    ])
    expect(bench.countCalls('/my/consents')).toBe(1)
  })

  it('keeps what is stored where nothing changed', async () => {
    await using bench = await startBench({ generation })
    const done = await bench.authorize()
    const [kept] = await bench.connector.readConsents([toKey(done)], callFor())
    expect(kept).toMatchObject({ secrets: null, expiresAt: done.consent?.expiresAt })
    const secrets = { ...done.consent?.secrets, jwt: 'old' }
    const [renewed] = await bench.connector.readConsents([toKey(done, secrets)], callFor())
    expect(renewed).toMatchObject({ secrets: done.consent?.secrets })
  })

  it('does not take a consent for ended that the list lacks', async () => {
    await using bench = await startBench({ generation })
    const done = await bench.authorize()
    const [missing, found] = await bench.connector.readConsents(
      [{ ...toKey(done), providerConsentId: UNKNOWN }, toKey(done)],
      callFor(),
    )
    expect(missing).toBeInstanceOf(GatewayError)
    expect(missing).toMatchObject({ code: 'PROVIDER_REJECTED', providerCode: 'OBP-35001' })
    expect(found).toMatchObject({ status: 'AUTHORIZED' })
  })

  it('leaves it to the reader that a consent has run out', async () => {
    await using bench = await startBench({ generation })
    const done = await bench.authorize({ institutionRef: 'sandbox.otp-expires-soon' })
    expect(done.consent?.expiresAt?.getTime()).toBeLessThanOrEqual(bench.clock.now().getTime() + 60_000)
    bench.clock.advance(61_000)
    const [read] = await bench.connector.readConsents([toKey(done)], callFor())
    expect(read).toMatchObject({ expiresAt: done.consent?.expiresAt })
    bench.clock.advance(600_000)
    const [swept] = await bench.connector.readConsents([toKey(done)], callFor())
    expect(swept).toMatchObject({ status: generation === '2024' ? 'AUTHORIZED' : 'EXPIRED' })
  })
})

describe('readConsents', () => {
  it('asks for nothing where there is nothing to ask', async () => {
    await using bench = await startBench()
    expect(await bench.connector.readConsents([], callFor())).toEqual([])
    expect(bench.sandbox.calls()).toEqual([])
  })

  it('lists once for each login; a token that has gone stale fails alone', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    const foreign = toKey(done, { ...done.consent?.secrets, userToken: 'abc' })
    const [stale, found] = await bench.connector.readConsents([foreign, toKey(done)], callFor())
    expect(stale).toMatchObject({ code: 'PROVIDER_REJECTED', providerCode: 'OBP-20003' })
    expect(found).toMatchObject({ status: 'AUTHORIZED' })
  })

  it('goes on to the next bank where the first cannot be asked', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    const down = toKey(done, { ...done.consent?.secrets, bankId: 'sandbox.otp-429' })
    const answers = await bench.connector.readConsents([down, toKey(done)], callFor())
    expect(answers).toMatchObject([
      { code: 'PROVIDER_RATE_LIMITED', providerCode: 'OBP-10018' },
      { status: 'AUTHORIZED' },
    ])
  })

  it('asks each bank of a server that lists by bank', async () => {
    await using bench = await startBench()
    const first = await bench.authorize()
    const second = await bench.authorize({ institutionRef: 'sandbox.otp-by-email' })
    const onlyFirst = {
      consents: [
        { consent_id: first.consent?.providerConsentId, jwt: first.consent?.secrets?.['jwt'], status: 'ACCEPTED' },
      ],
    }
    bench.sandbox.faults.next({ kind: 'status', status: 200, body: onlyFirst, match: LIST })
    const answers = await bench.connector.readConsents([toKey(first), toKey(second)], callFor())
    expect(answers).toMatchObject([{ status: 'AUTHORIZED' }, { status: 'AUTHORIZED' }])
    expect(bench.countCalls('/my/consents')).toBe(2)
  })

  it.each([
    ['a page of a proxy', { kind: 'html', times: 3 }, 'PROVIDER_UNAVAILABLE'],
    ['a page with status 200', { kind: 'html', status: 200 }, 'PROVIDER_CONTRACT_VIOLATION'],
    ['half a list', { kind: 'truncate', times: 3 }, 'PROVIDER_UNAVAILABLE'],
    ['no JSON', { kind: 'malformed' }, 'PROVIDER_CONTRACT_VIOLATION'],
    [
      'JSON of another shape',
      { kind: 'status', status: 200, body: { consents: [{ id: 1 }] } },
      'PROVIDER_CONTRACT_VIOLATION',
    ],
    ['a 500', { kind: 'status', status: 500, body: { message: 'OBP-50005: x' }, times: 3 }, 'PROVIDER_UNAVAILABLE'],
    ['a timeout of the server', { kind: 'status', status: 408 }, 'PROVIDER_TIMEOUT'],
  ] as const)('concludes nothing from %s', async (_, fault, code) => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.sandbox.faults.next({ ...fault, match: LIST })
    expect(await bench.connector.readConsents([toKey(done)], callFor())).toMatchObject([{ code }])
  })

  it('believes the status where the JWT cannot be read or is another one, and keeps the JWT before', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    const other = await bench.authorize()
    const third = await bench.authorize()
    const consents = [
      { consent_id: done.consent?.providerConsentId, jwt: 'x', status: 'ACCEPTED' },
      { consent_id: other.consent?.providerConsentId, jwt: other.consent?.secrets?.['jwt'], status: 'acCEPTed' },
      { consent_id: third.consent?.providerConsentId, jwt: done.consent?.secrets?.['jwt'], status: 'ACCEPTED' },
      { consent_id: 'made-by-another-api', jwt: null, status: 'received' },
    ]
    bench.sandbox.faults.next({ kind: 'status', status: 200, body: { consents }, match: LIST })
    expect(await bench.connector.readConsents([toKey(done), toKey(other), toKey(third)], callFor())).toMatchObject([
      { status: 'AUTHORIZED', secrets: null, access: null, expiresAt: null },
      { status: 'AUTHORIZED', raw: 'acCEPTed' },
      { status: 'AUTHORIZED', secrets: null, access: null, expiresAt: null },
    ])
  })
})

describe.each(GENERATIONS)('revoke at a server of %s', (generation) => {
  it('ends a consent once, and says so as often as it is asked', async () => {
    await using bench = await startBench({ generation })
    const key = toKey(await bench.authorize())
    expect(await bench.connector.revoke(key, null, callFor())).toMatchObject({
      status: 'REVOKED',
      raw: 'REVOKED',
      detail: null,
    })
    expect(await bench.connector.revoke(key, null, callFor())).toMatchObject({ status: 'REVOKED', detail: 'OBP-35012' })
    expect(bench.sandbox.ledger.count('consent.revoked')).toBe(1)
  })

  it('takes an unknown consent for ended', async () => {
    await using bench = await startBench({ generation })
    const key = { ...toKey(await bench.authorize()), providerConsentId: UNKNOWN }
    expect(await bench.connector.revoke(key, null, callFor())).toMatchObject({
      status: 'REVOKED',
      raw: null,
      detail: 'OBP-35001',
    })
    expect(bench.sandbox.ledger.count('consent.revoked')).toBe(0)
  })

  it('does not take a server that is down for an end', async () => {
    await using bench = await startBench({ generation })
    const key = toKey(await bench.authorize())
    bench.sandbox.faults.next({ kind: 'html', status: 503 })
    expect(await faultOf(bench.connector.revoke(key, null, callFor()))).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' })
    expect(bench.countCalls('/revoke')).toBe(1)
  })
})

describe('accounts', () => {
  it.each([
    ['its key', {}, {}],
    ['its certificate', { consumerValidation: 'CONSUMER_CERTIFICATE' }, { psd2Cert: OBP_SANDBOX_SEED.certificate }],
  ] as const)('are read under the consent, by a consumer known by %s', async (_, options, settings) => {
    await using bench = await startBench(options, settings)
    const done = await bench.authorize({ access: { accountIds: ['sandbox.otp.savings'] } })
    const accounts = await bench.connector.accounts?.(toKey(done), callFor())
    expect(accounts).toEqual([
      {
        id: 'sandbox.otp.savings',
        identity: `${BANK}/sandbox.otp.savings`,
        name: 'Savings account',
        maskedNumber: null,
        currency: null,
        kind: 'SAVINGS',
      },
    ])
  })

  it('have the same identity after a renewal', async () => {
    await using bench = await startBench()
    const old = await bench.authorize()
    const renewal = await bench.authorize({ renews: toKey(old) })
    const [before, after] = await Promise.all(
      [old, renewal].map((step) => bench.connector.accounts?.(toKey(step), callFor())),
    )
    expect(after?.map(({ identity }) => identity)).toEqual(before?.map(({ identity }) => identity))
    expect(after).toHaveLength(2)
  })

  it('end with the consent', async () => {
    await using bench = await startBench()
    const done = await bench.authorize()
    bench.clock.advance(3_601_000)
    expect(await faultOf(bench.connector.accounts?.(toKey(done), callFor()) ?? Promise.resolve())).toMatchObject({
      code: 'PROVIDER_REJECTED',
      providerCode: 'OBP-35003',
    })
  })

  it('are not shown to a consumer that the server does not recognize', async () => {
    await using bench = await startBench({ consumerValidation: 'CONSUMER_CERTIFICATE' })
    const done = await bench.authorize()
    expect(await faultOf(bench.connector.accounts?.(toKey(done), callFor()) ?? Promise.resolve())).toMatchObject({
      code: 'PROVIDER_CREDENTIALS_INVALID',
    })
  })

  it('are refused with what to set where no consumer was named', async () => {
    await using bench = await startBench({ generation: '2024' }, { consumerId: null })
    const done = await bench.authorize()
    const fault = await faultOf(bench.connector.accounts?.(toKey(done), callFor()) ?? Promise.resolve())
    expect(fault).toMatchObject({ code: 'PROVIDER_CREDENTIALS_INVALID', providerCode: 'OBP-35017' })
    expect(fault.message).toContain('OBP_CONSUMER_ID')
  })
})

describe('institutions', () => {
  it('are the banks, and need no login', async () => {
    await using bench = await startBench()
    const institutions = await bench.connector.institutions(callFor())
    expect(institutions).toContainEqual(
      expect.objectContaining({ ref: BANK, country: null, steps: ['OTP'], maxConsentSeconds: 3600, available: true }),
    )
    expect(bench.countCalls('/my/logins/direct')).toBe(0)
  })

  it.each([
    ['v3.1.0', { short_name: 'TB', full_name: 'The Bank', bank_routing: { scheme: 'BIC', address: 'X' } }],
    ['v4.0.0', { short_name: 'TB', full_name: 'The Bank', bank_routings: [], attributes: [] }],
    ['v5.0.0', { bank_code: 'TB', full_name: 'The Bank', bank_routings: [] }],
  ])('are read in the shape of %s', async (_, shape) => {
    await using bench = await startBench()
    const bank = { id: 'tb', logo: 'https://tb.example/logo.png', website: '', ...shape }
    bench.sandbox.faults.next({ kind: 'status', status: 200, body: { banks: [bank, bank, { id: '' }] } })
    const institutions = await bench.connector.institutions(callFor())
    expect(institutions).toMatchObject([{ ref: 'tb', name: 'The Bank', logoUrl: 'https://tb.example/logo.png' }])
  })
})
