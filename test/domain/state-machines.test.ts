import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AUTH_SESSION_STATUSES,
  AUTH_SESSION_TRANSITIONS,
  canMoveSession,
  isFinalSession,
} from '../../src/domain/auth-session.ts'
import {
  CONSENT_STATUSES,
  CONSENT_TRANSITIONS,
  type ConsentStatus,
  isFinalConsent,
  judgeTransition,
} from '../../src/domain/consent.ts'
import { hasExpired } from '../../src/domain/expiry.ts'
import { observe } from '../../src/domain/observe.ts'
import { anyConsent, momentAt, saidAnything } from './consents.ts'

const status = fc.constantFrom(...CONSENT_STATUSES)

describe('the consent state machine', () => {
  it('has exactly the final statuses of the design', () => {
    expect(CONSENT_STATUSES.filter(isFinalConsent)).toEqual(['REJECTED', 'REVOKED', 'EXPIRED', 'FAILED'])
  })

  it('lets nothing out of a final status', () => {
    fc.assert(
      fc.property(status, fc.option(status), (from, to) => {
        fc.pre(isFinalConsent(from))
        expect(judgeTransition(from, to).applied).toBe(false)
      }),
    )
  })

  it('applies exactly the pairs of its table', () => {
    fc.assert(
      fc.property(status, status, (from, to) => {
        const inTable = (CONSENT_TRANSITIONS[from] as readonly ConsentStatus[]).includes(to)
        expect(judgeTransition(from, to).applied).toBe(inTable)
      }),
    )
  })

  it('never goes back to waiting', () => {
    expect(judgeTransition('AUTHORIZED', 'AWAITING_AUTHORIZATION')).toEqual({ applied: false, rule: 'NOT_REACHABLE' })
    expect(judgeTransition('AWAITING_AUTHORIZATION', 'INITIATED')).toEqual({ applied: false, rule: 'NOT_REACHABLE' })
  })

  it('does not move for a word it does not know', () => {
    fc.assert(
      fc.property(status, (from) => {
        expect(judgeTransition(from, null)).toEqual({ applied: false, rule: 'WORD_NOT_RECOGNIZED' })
      }),
    )
  })
})

describe('the session state machine', () => {
  it('lets nothing out of a final status', () => {
    const anySession = fc.constantFrom(...AUTH_SESSION_STATUSES)
    fc.assert(
      fc.property(anySession, anySession, (from, to) => {
        fc.pre(isFinalSession(from))
        expect(canMoveSession(from, to)).toBe(false)
      }),
    )
  })

  it('can end from every open status, in every way', () => {
    for (const from of AUTH_SESSION_STATUSES.filter((one) => !isFinalSession(one))) {
      expect(AUTH_SESSION_TRANSITIONS[from]).toEqual(
        expect.arrayContaining(['COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED']),
      )
    }
  })
})

describe('an observation', () => {
  it('grows the version by one with each stored change, and by none without', () => {
    fc.assert(
      fc.property(anyConsent, fc.array(saidAnything, { maxLength: 12 }), (start, news) => {
        let consent = start
        for (const [index, item] of news.entries()) {
          const change = observe(consent, item, momentAt(index))
          const stored = change.writes.some(({ kind }) => kind === 'consent.update')
          expect(change.consent.version).toBe(consent.version + (stored ? 1 : 0))
          if (!stored) expect(change.consent).toBe(consent)
          consent = change.consent
        }
      }),
    )
  })

  it('keeps an observation of whatever it was, and an event of each change of status', () => {
    fc.assert(
      fc.property(anyConsent, saidAnything, (consent, news) => {
        const { consent: after, writes } = observe(consent, news, momentAt(0))
        expect(writes.filter(({ kind }) => kind === 'observation.append')).toHaveLength(1)
        const changes = writes.filter(
          (write) => write.kind === 'event.append' && write.event.body.type === 'ConsentStatusChanged',
        )
        expect(changes).toHaveLength(after.status === consent.status ? 0 : 1)
      }),
    )
  })

  it('moves a final consent nowhere, whatever is said', () => {
    fc.assert(
      fc.property(anyConsent, saidAnything, (consent, news) => {
        fc.pre(isFinalConsent(consent.status))
        expect(observe(consent, news, momentAt(0)).consent.status).toBe(consent.status)
      }),
    )
  })

  it('takes back a grant that arrives after the end, and only one that nobody had', () => {
    fc.assert(
      fc.property(anyConsent, saidAnything, (consent, news) => {
        fc.pre(isFinalConsent(consent.status) && news.status === 'AUTHORIZED')
        const { writes } = observe(consent, news, momentAt(0))
        const taken = writes.some((write) => write.kind === 'job.schedule' && write.job.kind === 'REVOKE')
        const isNewCode = news.source === 'ANSWER' && news.said !== null && consent.providerConsentId === null
        const isBeingTakenBack = consent.revocation?.state === 'PROVIDER_PENDING' && !isNewCode
        expect(taken).toBe(consent.authorizedAt === null && !isBeingTakenBack)
      }),
    )
  })
})

describe('expiry', () => {
  it('comes at the instant itself, and never for what has ended', () => {
    const expiresAt = new Date('2027-01-01T00:00:00.000Z')
    const before = new Date(expiresAt.getTime() - 1)
    expect(hasExpired({ status: 'AUTHORIZED', expiresAt }, before)).toBe(false)
    expect(hasExpired({ status: 'AUTHORIZED', expiresAt }, expiresAt)).toBe(true)
    expect(hasExpired({ status: 'REVOKED', expiresAt }, expiresAt)).toBe(false)
    expect(hasExpired({ status: 'AUTHORIZED', expiresAt: null }, expiresAt)).toBe(false)
  })
})
