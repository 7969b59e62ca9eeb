import { describe, expect, test } from 'vitest'
import type { AuthSession } from '../../src/domain/auth-session.ts'
import type { Consent } from '../../src/domain/consent.ts'
import {
  type ErasureState,
  erasureStateOf,
  grantOutcomeOf,
  mayBeGranted,
  type UserErasure,
  waitsUntil,
} from '../../src/domain/erasure.ts'
import { randomIds } from '../../src/domain/ids.ts'
import type { ProblemReport } from '../../src/domain/problem.ts'
import { at, newConsent, newErasure, newSession, newUser } from '../store/entities.ts'

const NOW = at(5)
const confirmed = (attempts: number): Partial<Consent> => ({
  revocation: {
    state: 'CONFIRMED',
    requestedAt: at(),
    attempts,
    nextAttemptAt: null,
    confirmedAt: at(1),
    lastProblem: null,
  },
})
const attemptOf = (ofConsent: Partial<Consent>, ofSession: Partial<AuthSession>) => {
  const consent = newConsent(newUser(randomIds.next('cli')), { status: 'FAILED', authorizedAt: null, ...ofConsent })
  const session = newSession(consent, {
    status: 'CANCELLED',
    state: { connector: 'keeps this' },
    expiresAt: at(10),
    ...ofSession,
  })
  return { consent, session }
}

describe('an authorization that has ended here may still be approved at the bank', () => {
  const mayBe = (ofConsent: Partial<Consent> = {}, ofSession: Partial<AuthSession> = {}): boolean => {
    const { consent, session } = attemptOf(ofConsent, ofSession)
    return mayBeGranted(session, consent, NOW)
  }

  test('until its own end', () => {
    expect(mayBe()).toBe(true)
    expect(mayBe({}, { expiresAt: NOW })).toBe(false)
  })
  test('but not while it goes on: it is cancelled first', () => expect(mayBe({}, { status: 'PENDING' })).toBe(false))
  test('but not where its connector keeps nothing to take a code with', () =>
    expect(mayBe({}, { state: {} })).toBe(false))
  test('but not where it was approved before', () => expect(mayBe({ authorizedAt: at(1) })).toBe(false))
  test('but not where the bank was told to take it back, and did', () => {
    expect(mayBe(confirmed(1))).toBe(false)
    const asked = { ...confirmed(1).revocation!, state: 'PROVIDER_PENDING', confirmedAt: null } as const
    expect(mayBe({ revocation: asked })).toBe(true)
    // There was nothing to take back yet.
    expect(mayBe(confirmed(0))).toBe(true)
  })
})

test('what came of it is told by its consent, or else by its problem', () => {
  const { consent, session } = attemptOf({}, {})
  const problem: ProblemReport = {
    code: 'OUTCOME_UNKNOWN',
    message: 'The answer was lost.',
    retryable: false,
    retryAt: null,
    providerCode: null,
    requestId: 'req_test',
  }
  const failed: AuthSession = { ...session, problem }
  expect(grantOutcomeOf(session, consent)).toBe('NONE_CAME')
  expect(grantOutcomeOf(undefined, undefined)).toBe('NONE_CAME')
  expect(grantOutcomeOf(failed, consent)).toBe('UNKNOWN')
  expect(grantOutcomeOf(failed, { ...consent, ...confirmed(1) })).toBe('TAKEN_BACK')
})

test('an erasure needs attention where a bank or a provider does, until it is complete', () => {
  const given = (state: ErasureState): UserErasure =>
    newErasure({ providers: [{ provider: 'FISKIL', state, lastProblem: null, tries: 6 }] })
  expect(erasureStateOf(given('IN_PROGRESS'))).toBe('IN_PROGRESS')
  expect(erasureStateOf(given('COMPLETED'))).toBe('IN_PROGRESS')
  expect(erasureStateOf(given('NEEDS_ATTENTION'))).toBe('NEEDS_ATTENTION')
  expect(erasureStateOf({ ...given('COMPLETED'), stuckConsents: 1 })).toBe('NEEDS_ATTENTION')
  expect(erasureStateOf({ ...given('COMPLETED'), completedAt: at(9) })).toBe('COMPLETED')
})

test('an erasure waits for the last of those of which nothing is known', () => {
  const awaited = (until: Date, outcome: 'NONE_CAME' | null) =>
    ({ consentId: randomIds.next('con'), provider: 'ENABLE_BANKING', until, outcome }) as const
  expect(waitsUntil(newErasure())).toBeNull()
  expect(waitsUntil(newErasure({ awaited: [awaited(at(9), 'NONE_CAME')] }))).toBeNull()
  const all = [awaited(at(7), null), awaited(at(8), null), awaited(at(9), 'NONE_CAME')]
  expect(waitsUntil(newErasure({ awaited: all }))).toEqual(at(8))
})
