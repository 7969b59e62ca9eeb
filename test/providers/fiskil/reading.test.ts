import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { ConsentKey } from '../../../src/domain/provider.ts'
import type { FaultKind } from '../../../src/sandbox/faults.ts'
import { personAt } from '../../sandbox/fiskil-client.ts'
import { BANK, calling, caught, DAY_MS, startConnector } from './harness.ts'

type Harness = Awaited<ReturnType<typeof startConnector>>

const readOne = async ({ connector }: Harness, key: ConsentKey) => (await connector.readConsents([key], calling()))[0]
const lists = ({ sandbox }: Harness) => sandbox.calls().filter(({ path }) => path === '/v1/consent').length

describe('reading', () => {
  it('asks once for each end user, and answers key by key', async () => {
    await using fiskil = await startConnector()
    const { key: first } = await fiskil.authorize()
    const { key: second } = await fiskil.authorize()
    const other = await fiskil.newUser()
    const before = lists(fiskil)
    const keys: ConsentKey[] = [
      second,
      { ...first, user: other },
      { ...first, providerConsentId: 'unknown' },
      { ...first, user: null },
      first,
    ]
    const read = await fiskil.connector.readConsents(keys, calling())
    expect(lists(fiskil) - before).toBe(2)
    expect(read).toMatchObject([
      { providerConsentId: second.providerConsentId, status: 'AUTHORIZED' },
      { code: 'PROVIDER_REJECTED' },
      { code: 'PROVIDER_REJECTED' },
      { code: 'INTERNAL' },
      { providerConsentId: first.providerConsentId, status: 'AUTHORIZED' },
    ])
  })

  it('one end user whose list fails does not fail the others', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const other = { ...key, user: await fiskil.newUser() }
    fiskil.sandbox.faults.next({
      kind: 'status',
      status: 403,
      match: ({ query }) => query.get('end_user_id') === other.user.ref,
    })
    const [failed, read] = await fiskil.connector.readConsents([other, key], calling())
    expect(failed).toBeInstanceOf(GatewayError)
    expect(read).toMatchObject({ status: 'AUTHORIZED' })
  })

  it.each([
    { kind: 'malformed', times: 3 },
    { kind: 'truncate', times: 3 },
    { kind: 'html', times: 3 },
    { kind: 'status', status: 200, body: { error: 'x' } },
    { kind: 'status', status: 200, body: [{ active: true }] },
    { kind: 'status', status: 200, body: { consents: [{ arrangement_id: 'a', expires_at: 'never' }] } },
    { kind: 'status', status: 429 },
  ] as readonly (FaultKind & { times?: number })[])('a fault is no news: %j', async (fault) => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    fiskil.sandbox.faults.next({ ...fault, match: 'GET /v1/consent' })
    expect(await readOne(fiskil, key)).toBeInstanceOf(GatewayError)
  })

  it('an empty list may be written as null', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const body = { consents: null, links: {} }
    fiskil.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'GET /v1/consent' })
    expect(await readOne(fiskil, key)).toMatchObject({ code: 'PROVIDER_REJECTED' })
  })

  it('follows the cursor of the next page, to no other address', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const body = { consents: [], links: { next: 'https://evil.example/v1/consent?page[after]=c%201' } }
    fiskil.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'GET /v1/consent' })
    const seen = fiskil.watch()
    expect(await readOne(fiskil, key)).toMatchObject({ status: 'AUTHORIZED' })
    expect(seen.map(({ query }) => query.get('page[after]'))).toEqual(['c 1'])
    fiskil.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'GET /v1/consent', times: 2 })
    expect(await readOne(fiskil, key)).toMatchObject({ code: 'PROVIDER_CONTRACT_VIOLATION' })
  })
})

describe('an ended consent', () => {
  it('before its time is revoked', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    await personAt(fiskil.sandbox).submit('/consents/end', { arrangement_id: key.providerConsentId })
    expect(await readOne(fiskil, key)).toMatchObject({
      status: 'REVOKED',
      reason: 'REVOKED_AT_INSTITUTION',
      raw: 'active: false',
      detail: 'Expired or Revoked',
    })
  })

  it('after its time is expired', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    fiskil.clock.advance(90 * DAY_MS + 1)
    expect(await readOne(fiskil, key)).toMatchObject({ status: 'EXPIRED', reason: 'VALIDITY_ENDED' })
  })
})

describe('revoking', () => {
  it('resolves for a live, an ended and an unknown consent', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const ended = { status: 'REVOKED', reason: 'REVOKED_BY_CLIENT' }
    expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject(ended)
    expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject(ended)
    expect(await fiskil.connector.revoke({ ...key, providerConsentId: 'x/../y' }, null, calling())).toMatchObject(ended)
    expect(fiskil.sandbox.ledger.count('consent.revoked')).toBe(1)
  })

  it('repeats what got lost, since a second DELETE changes nothing', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    fiskil.sandbox.faults.next({ kind: 'reset-after-effect', match: 'DELETE /v1/consent/*' })
    expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
    expect(fiskil.sandbox.ledger.count('consent.revoked')).toBe(1)
  })

  it('that fails for good is unknown, and works later', async () => {
    await using fiskil = await startConnector()
    const step = await fiskil.start({ institutionRef: 'sandbox.redirect-5xx' })
    const { consent } = await fiskil.complete(step.state, await fiskil.person(step, 'approve'))
    const key = { ...keyFor(fiskil), providerConsentId: consent?.providerConsentId ?? '' }
    expect(await caught(fiskil.connector.revoke(key, null, calling()))).toMatchObject({ code: 'OUTCOME_UNKNOWN' })
    expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
  })

  it('that is refused counts where the consent has ended all the same', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const refusal = {
      kind: 'status',
      status: 400,
      body: { name: 'bad_request' },
      match: 'DELETE /v1/consent/*',
    } as const
    fiskil.sandbox.faults.next(refusal)
    expect(await caught(fiskil.connector.revoke(key, null, calling()))).toMatchObject({ code: 'PROVIDER_REJECTED' })
    await fiskil.connector.revoke(key, null, calling())
    fiskil.sandbox.faults.next(refusal)
    expect(await fiskil.connector.revoke(key, null, calling())).toMatchObject({ status: 'REVOKED' })
  })
})

const keyFor = ({ user }: Harness): ConsentKey => ({
  consentId: 'con_1',
  providerConsentId: '',
  institutionRef: BANK,
  secrets: null,
  user,
})

describe('accounts', () => {
  it('are those of the consent, never with a whole number, under an identity that stays', async () => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const { key: other } = await fiskil.authorize()
    const accounts = await fiskil.connector.accounts?.(key, calling())
    expect(accounts).toMatchObject([
      { name: 'Everyday', maskedNumber: '•••• 4681', currency: 'AUD', kind: 'TRANS_AND_SAVINGS_ACCOUNTS' },
      { name: 'Saver' },
      { name: 'Credit card', maskedNumber: '•••• 1111' },
    ])
    const others = await fiskil.connector.accounts?.(other, calling())
    expect(others?.map(({ identity }) => identity)).toEqual(accounts?.map(({ identity }) => identity))
    expect(others?.[0]?.id).not.toBe(accounts?.[0]?.id)
  })

  it.each([
    [{ masked_number: '12345678' }, '•••• 5678'],
    [{ account_number: '12345678' }, '•••• 5678'],
    [{ account_number: '1234567' }, null],
    [{ masked_number: 'xxx' }, null],
    [{}, null],
  ])('%j is shown as %s', async (fields, maskedNumber) => {
    await using fiskil = await startConnector()
    const { key } = await fiskil.authorize()
    const body = { accounts: [{ account_id: 'a', arrangement_id: key.providerConsentId, ...fields }], links: {} }
    fiskil.sandbox.faults.next({ kind: 'status', status: 200, body, match: 'GET /v1/banking/accounts' })
    expect(await fiskil.connector.accounts?.(key, calling())).toMatchObject([{ id: 'a', maskedNumber }])
  })

  it('come later', async () => {
    await using fiskil = await startConnector({ syncSeconds: 60 })
    const { key } = await fiskil.authorize()
    expect(await fiskil.connector.accounts?.(key, calling())).toEqual([])
  })
})

it.each(['v1', 'v3'] as const)(
  'institutions are banks, and one with an outage is not available: %s',
  async (apiVersion) => {
    await using fiskil = await startConnector({ settings: { apiVersion } })
    const institutions = await fiskil.connector.institutions(calling())
    const available = new Map(institutions.map((one) => [one.ref, one.available]))
    expect(available.get('sandbox.outage')).toBe(false)
    expect(available.get('sandbox.degraded')).toBe(true)
    expect(available.has('sandbox.energy')).toBe(false)
    expect(institutions[0]).toEqual({
      ref: '88888',
      name: 'Banking Sandbox Data Holder',
      country: 'AU',
      logoUrl: null,
      psuTypes: ['PERSONAL', 'BUSINESS'],
      steps: ['REDIRECT'],
      maxConsentSeconds: 31_536_000,
      requiredPsuFields: [],
      available: true,
    })
  },
)
