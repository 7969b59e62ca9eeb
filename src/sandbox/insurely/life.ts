import { institutionSuffix } from '../institution-flow.ts'
import type { Flow } from './companies.ts'
import { findCompany } from './companies.ts'
import { createOrder, openOrders, pickUpMs, signMs } from './order.ts'
import type { Consent, InsurelyState, Order } from './state.ts'

const dayMs = 86_400_000
const maxConsentMs = 180 * dayMs
const expiresSoonMs = 60_000
const reviewMs = 5000
const maxRenewals = 2

export type Ending = 'approve' | 'cancel' | 'other-person' | 'fail'

/** What people do by themselves, counted from the opening of the order. */
const scripts: Partial<Readonly<Record<Flow, { readonly scanMs: number; readonly ending: Ending | null }>>> = {
  APPROVES: { scanMs: 3000, ending: 'approve' },
  CANCELS: { scanMs: 3000, ending: 'cancel' },
  OTHER_PERSON: { scanMs: 3000, ending: 'other-person' },
  WALKS_AWAY: { scanMs: 3000, ending: null },
}
const endingMs = 5000

const errors = {
  AUTHENTICATION_TIMEOUT: 'User did not complete BankID authentication within the time limit',
  AUTHENTICATION_CANCELLED: 'User cancelled the BankID authentication',
  AUTHENTICATION_MISMATCH: 'The BankID belongs to another person',
  AUTHENTICATION_CONFLICT: 'Another BankID order was started for the same person',
  THIRD_PARTY_ERROR: 'The bank refused the consent',
} as const

const after = (from: Date, byMs: number): Date => new Date(from.getTime() + byMs)

function write(state: InsurelyState, written: Consent, effect: string): Consent {
  state.consents.set(written.consentId, written)
  const { consentId, userUuid, company, status } = written
  state.ledger.record(effect, { consentId, userUuid, company, status })
  return written
}

function fail(state: InsurelyState, consent: Consent, code: keyof typeof errors, at: Date): Consent {
  const error = { code, message: errors[code] }
  return write(state, { ...consent, status: 'FAILED', statusChangedAt: at, error }, 'consent.failed')
}

/** A second order for the same person ends the first. */
function openOrder(state: InsurelyState, consent: Consent, at: Date): Consent {
  for (const { consent: other } of openOrders(state)) {
    if (other.person === consent.person && other.consentId !== consent.consentId) {
      fail(state, other, 'AUTHENTICATION_CONFLICT', at)
    }
  }
  const opened = { ...consent, status: 'AWAITING_AUTHORIZATION', statusChangedAt: at, order: createOrder(at) }
  return write(state, opened, 'order.opened')
}

export function pickUp(state: InsurelyState, consent: Consent, order: Order, at: Date): Consent {
  if (order.pickedUpAt !== null) return consent
  return write(state, { ...consent, order: { ...order, pickedUpAt: at } }, 'order.picked-up')
}

/** `validUntil` counts to the end of its day; the bank may shorten it. */
function toExpiry({ company, validUntil }: Consent, at: Date): Date {
  if (institutionSuffix(company) === 'expires-soon') return after(at, expiresSoonMs)
  const asked = validUntil === null ? Infinity : Date.parse(`${validUntil}T23:59:59Z`)
  return new Date(Math.min(asked, at.getTime() + maxConsentMs))
}

function authorize(state: InsurelyState, consent: Consent, at: Date): Consent {
  const authorized = { ...consent, status: 'AUTHORIZED', statusChangedAt: at, expiresAt: toExpiry(consent, at) }
  return write(state, authorized, 'consent.authorized')
}

export function endOrder(state: InsurelyState, consent: Consent, ending: Ending, at: Date): Consent {
  switch (ending) {
    case 'approve':
      if (institutionSuffix(consent.company) !== 'weird-status') return authorize(state, consent, at)
      return write(state, { ...consent, status: 'UNDER_REVIEW', statusChangedAt: at }, 'consent.reviewed')
    case 'cancel':
      return fail(state, consent, 'AUTHENTICATION_CANCELLED', at)
    case 'other-person':
      return fail(state, consent, 'AUTHENTICATION_MISMATCH', at)
    case 'fail':
      return fail(state, consent, 'THIRD_PARTY_ERROR', at)
  }
}

export function revoke(
  state: InsurelyState,
  consent: Consent,
  effect: 'consent.revoked' | 'consent.withdrawn',
): Consent {
  const at = state.clock.now()
  return write(state, { ...consent, status: 'REVOKED', statusChangedAt: at, revokedAt: at, expiresAt: null }, effect)
}

interface Due {
  readonly at: Date
  readonly happens: () => Consent
}

/** Nobody took the order up. Some banks then open another one without a word. */
function lapse(state: InsurelyState, consent: Consent, flow: Flow, at: Date): Consent {
  if (flow !== 'ORDER_RENEWED' || consent.renewals >= maxRenewals) {
    return fail(state, consent, 'AUTHENTICATION_TIMEOUT', at)
  }
  return write(state, { ...consent, order: createOrder(at), renewals: consent.renewals + 1 }, 'order.renewed')
}

function nextOfOrder(state: InsurelyState, consent: Consent, order: Order, flow: Flow): Due {
  const script = scripts[flow]
  const { openedAt, pickedUpAt } = order
  if (pickedUpAt === null) {
    const scanAt = script && after(openedAt, script.scanMs)
    if (scanAt) return { at: scanAt, happens: () => pickUp(state, consent, order, scanAt) }
    const at = after(openedAt, pickUpMs)
    return { at, happens: () => lapse(state, consent, flow, at) }
  }
  const ending = script?.ending ?? null
  if (ending !== null) {
    const at = new Date(Math.max(pickedUpAt.getTime(), openedAt.getTime() + endingMs))
    return { at, happens: () => endOrder(state, consent, ending, at) }
  }
  const at = after(pickedUpAt, signMs)
  return { at, happens: () => fail(state, consent, 'AUTHENTICATION_TIMEOUT', at) }
}

/** What time alone brings about; null for what stays as it is. */
function nextOf(state: InsurelyState, consent: Consent): Due | null {
  const { status, createdAt, statusChangedAt, order, expiresAt } = consent
  const flow = findCompany(consent.company)?.flow ?? 'PHONE'
  if (status === 'INITIATED') {
    const at = after(createdAt, state.rules.bankAnswerMs)
    const refuses = flow === 'BANK_REFUSES'
    return { at, happens: () => (refuses ? endOrder(state, consent, 'fail', at) : openOrder(state, consent, at)) }
  }
  if (status === 'AWAITING_AUTHORIZATION' && order !== null) return nextOfOrder(state, consent, order, flow)
  if (status === 'UNDER_REVIEW') {
    const at = after(statusChangedAt, reviewMs)
    return { at, happens: () => authorize(state, consent, at) }
  }
  if (status === 'AUTHORIZED' && expiresAt !== null) {
    const expired: Consent = { ...consent, status: 'EXPIRED', statusChangedAt: expiresAt }
    return { at: expiresAt, happens: () => write(state, expired, 'consent.expired') }
  }
  return null
}

/** Lets everything happen that is due by now, in order of time: nothing here runs on timers. */
export function settleConsents(state: InsurelyState): void {
  const now = state.clock.now()
  for (;;) {
    const due = state.consents
      .values()
      .flatMap((consent) => nextOf(state, consent) ?? [])
      .filter(({ at }) => at <= now)
      .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    const [first] = due
    if (!first) return
    first.happens()
  }
}
