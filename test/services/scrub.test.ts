import { describe, expect, test } from 'vitest'
import type { AuthSession } from '../../src/domain/auth-session.ts'
import type { Consent } from '../../src/domain/consent.ts'
import { randomIds } from '../../src/domain/ids.ts'
import { scrubConsent, scrubSession, scrubWaitingSession } from '../../src/services/scrub.ts'
import { at, newConsent, newSession, newUser } from '../store/entities.ts'

const MOMENT = { now: at(9), realNow: at(9), ids: randomIds }
const USER = newUser(randomIds.next('cli'))
const ACCESS = { permissions: ['balances'], accountIds: ['account of anna'], validFrom: null, validUntil: null }
const SAID = {
  raw: 'RECEIVED',
  detail: 'Anna has not signed.',
  observedAt: at(),
  source: 'POLL',
  recognized: true,
} as const

/** Holds nothing of a person. */
const emptyConsent = (): Consent => {
  const consent = newConsent(USER, { status: 'REVOKED' })
  return { ...consent, requestedAccess: { ...consent.requestedAccess, permissions: [], accountIds: null } }
}

describe('of a consent is left when it was and with whom', () => {
  const { requestedAccess } = emptyConsent()
  test.each<[string, Partial<Consent>]>([
    ['secrets', { secrets: { token: 'of anna' } }],
    ['access', { access: ACCESS as Consent['access'] & object }],
    ['accounts asked for', { requestedAccess: { ...requestedAccess, accountIds: ['account of anna'] } }],
    ['permissions asked for', { requestedAccess: { ...requestedAccess, permissions: ['balances'] } }],
    ['words of the provider', { providerStatus: SAID }],
  ])('and none of its %s, where that is all it has', (_, held) => {
    const consent = { ...emptyConsent(), ...held }
    const kept = { ...emptyConsent(), id: consent.id, version: 2, updatedAt: at(9) }
    const providerStatus = held.providerStatus === undefined ? null : { ...SAID, detail: null }
    expect(scrubConsent(consent, MOMENT)).toEqual([{ kind: 'consent.update', consent: { ...kept, providerStatus } }])
  })

  test('which is written once', () => {
    expect(scrubConsent(emptyConsent(), MOMENT)).toEqual([])
    expect(scrubConsent({ ...emptyConsent(), providerStatus: { ...SAID, detail: null } }, MOMENT)).toEqual([])
  })
})

const HELD = {
  state: { link: 'of anna' },
  nextStep: { id: 'stp_1', kind: 'REDIRECT', url: 'https://bank.example/anna' } as unknown as AuthSession['nextStep'],
  returnTo: { success: 'https://app.example/anna', cancel: null },
  problem: {
    code: 'PROVIDER_REJECTED',
    message: 'Anna is not known.',
    retryable: false,
    retryAt: null,
    providerCode: null,
    requestId: 'req_test',
  },
  inFlight: 'COMPLETE',
  pendingEnd: { status: 'REJECTED', reason: null, raw: null, detail: 'Anna said no.' },
} as const satisfies Partial<AuthSession>
const EMPTY = { state: {}, nextStep: null, returnTo: null, problem: null, inFlight: null, pendingEnd: null }

const newAttempt = (change: Partial<AuthSession> = {}): AuthSession =>
  newSession(newConsent(USER), { status: 'CANCELLED', ...change })

describe('of an authorization is left when it was and with whom', () => {
  test.each(Object.keys(HELD) as (keyof typeof HELD)[])('and no %s, where that is all it has', (name) => {
    const session = newAttempt({ [name]: HELD[name] })
    const [update, ...others] = scrubSession(session, MOMENT)
    expect(update).toEqual({
      kind: 'session.update',
      session: { ...session, ...EMPTY, version: 2, updatedAt: at(9) },
    })
    expect(others).toEqual(
      ['EXPIRE_SESSION', 'DENY_SESSION', 'RECONCILE_SESSION'].map((kind) => ({
        kind: 'job.drop',
        job: { kind, subject: session.id },
      })),
    )
  })

  test('which is written once, and one that is open ends', () => {
    expect(scrubSession(newAttempt(), MOMENT)).toEqual([])
    const [update] = scrubSession(newAttempt({ status: 'VERIFYING' }), MOMENT)
    expect(update).toMatchObject({ session: { status: 'CANCELLED' } })
    expect(scrubSession(newAttempt({ status: 'FAILED', ...HELD }), MOMENT)[0]).toMatchObject({
      session: { status: 'FAILED', ...EMPTY },
    })
  })
})

test.each(['returnTo', 'pendingEnd'] as const)('what is waited for needs no %s', (name) => {
  const moment = { ...MOMENT, stateAfterEnd: ({ state }: Pick<AuthSession, 'state'>) => state }
  const session = newAttempt({ state: HELD.state, [name]: HELD[name] })
  expect(scrubWaitingSession(session, moment)).toEqual([
    { kind: 'session.update', session: { ...session, [name]: null, version: 2, updatedAt: at(9) } },
  ])
  expect(scrubWaitingSession({ ...session, [name]: null }, moment)).toEqual([])
})
