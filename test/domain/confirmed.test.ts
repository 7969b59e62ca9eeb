import { describe, expect, test } from 'vitest'
import type { ConsentAccess } from '../../src/domain/consent.ts'
import { observe } from '../../src/domain/observe.ts'
import type { ProviderConsent } from '../../src/domain/provider.ts'
import { momentAt, newConsent, START } from './consents.ts'

const access: ConsentAccess = {
  permissions: ['balances', 'accounts'],
  accountIds: ['one', 'two'],
  balances: true,
  transactions: null,
  validFrom: null,
  validUntil: new Date('2027-01-01T00:00:00Z'),
}
const secrets = { bankId: 'bank', keys: [{ id: 1 }, { id: 2 }], jwt: null }
const said: ProviderConsent = {
  providerConsentId: 'theirs',
  status: 'AUTHORIZED',
  raw: 'VALID',
  detail: null,
  reason: null,
  expiresAt: new Date('2027-01-01T00:00:00Z'),
  access,
  secrets,
}
const consent = newConsent({
  status: 'AUTHORIZED',
  providerConsentId: 'theirs',
  providerStatus: { raw: 'VALID', detail: null, observedAt: START, source: 'READ', recognized: true },
  expiresAt: new Date('2027-01-01T00:00:00Z'),
  access,
  secrets,
})
const read = (change: Partial<ProviderConsent>) =>
  observe(consent, { status: 'AUTHORIZED', reason: null, source: 'READ', said: { ...said, ...change } }, momentAt(1))

/** As another answer of the provider holds it. */
const copyOf = <Value extends object>(value: Value): Value =>
  structuredClone(Object.fromEntries(Object.entries(value).toReversed())) as Value

describe('a read confirms a consent', () => {
  test.each<[string, Partial<ProviderConsent>]>([
    ['the same', {}],
    ['the same in another order of its members', { access: copyOf(access), secrets: copyOf(secrets) }],
    ['nothing of what it covers', { access: null, secrets: null, expiresAt: null, providerConsentId: null }],
  ])('that says %s', (_, change) => {
    const learned = read(change)
    expect(learned.consent).toBe(consent)
    expect(learned.writes).toContainEqual({ kind: 'observation.append', observation: learned.observation })
  })

  test.each<[string, Partial<ProviderConsent>]>([
    ['one account less', { access: { ...access, accountIds: ['one'] } }],
    ['one account more', { access: { ...access, accountIds: ['one', 'two', 'three'] } }],
    ['accounts in another order', { access: { ...access, accountIds: ['two', 'one'] } }],
    ['no accounts at all', { access: { ...access, accountIds: null } }],
    ['another end of its access', { access: { ...access, validUntil: new Date('2027-01-02T00:00:00Z') } }],
    ['no end of its access', { access: { ...access, validUntil: null } }],
    ['another permission', { access: { ...access, balances: false } }],
    ['another secret, deep inside', { secrets: { ...secrets, keys: [{ id: 1 }, { id: 3 }] } }],
    ['one secret more', { secrets: { ...secrets, more: 'x' } }],
    ['one secret less', { secrets: { bankId: 'bank', jwt: null } }],
  ])('unless it says %s', (_, change) => {
    expect(read(change).consent.version).toBe(consent.version + 1)
  })
})
