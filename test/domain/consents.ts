import fc from 'fast-check'
import { CONSENT_STATUSES, type Consent } from '../../src/domain/consent.ts'
import { randomIds } from '../../src/domain/ids.ts'
import { askRevocation, type ConsentNews, type Moment } from '../../src/domain/observe.ts'

export const START = new Date('2026-11-21T10:00:00.000Z')

export const momentAt = (seconds: number): Moment => {
  const now = new Date(START.getTime() + seconds * 1000)
  return { now, realNow: now, ids: randomIds }
}

export const newConsent = (change: Partial<Consent> = {}): Consent => ({
  id: randomIds.next('con'),
  clientId: randomIds.next('cli'),
  userId: randomIds.next('usr'),
  provider: 'OPEN_BANK_PROJECT',
  institutionRef: 'bank',
  status: 'INITIATED',
  statusReason: null,
  providerStatus: null,
  version: 1,
  providerConsentId: null,
  secrets: null,
  requestedAccess: {
    permissions: [],
    accountIds: null,
    balances: true,
    transactions: true,
    validFrom: START,
    validUntil: null,
  },
  access: null,
  createdAt: START,
  updatedAt: START,
  authorizedAt: null,
  expiresAt: null,
  revokedAt: null,
  renewedFrom: null,
  supersededBy: null,
  revocation: null,
  currentSessionId: null,
  webhookEndpointId: null,
  ...change,
})

/** A consent in any status, with a past that fits it or not: the rules must hold for both. */
export const anyConsent: fc.Arbitrary<Consent> = fc
  .record({
    status: fc.constantFrom(...CONSENT_STATUSES),
    authorized: fc.boolean(),
    pending: fc.boolean(),
    known: fc.boolean(),
  })
  .map(({ status, authorized, pending, known }) =>
    newConsent({
      status,
      authorizedAt: authorized ? START : null,
      revocation: pending ? askRevocation(START) : null,
      providerConsentId: known ? 'provider-1' : null,
    }),
  )

export const saidAnything: fc.Arbitrary<ConsentNews> = fc
  .record({
    status: fc.option(fc.constantFrom(...CONSENT_STATUSES)),
    raw: fc.constantFrom('ACCEPTED', 'REJECTED', 'UNDERREVIEW', ''),
    expires: fc.option(fc.integer({ min: 0, max: 3 })),
    ours: fc.boolean(),
    source: fc.constantFrom('START', 'POLL', 'WEBHOOK', 'CALLBACK', 'ANSWER', 'REVOKE', 'CLOCK', 'READ' as const),
  })
  .map(({ status, raw, expires, ours, source }): ConsentNews => ({
    status,
    reason: null,
    source,
    said: ours
      ? null
      : {
          providerConsentId: 'provider-1',
          status,
          raw,
          detail: null,
          reason: null,
          expiresAt: expires === null ? null : new Date(START.getTime() + expires * 60_000),
          access: null,
          secrets: null,
        },
  }))
