import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { requireBody } from './body.ts'
import { requireApiKey, requireUser } from './caller.ts'
import { findCompany, sameDevice, otherDevice } from './companies.ts'
import { revoke } from './life.ts'
import { toQrText } from './order.ts'
import { badRequest, InsurelyRefusal, notFound } from './refusal.ts'
import type { Consent, InsurelyState } from './state.ts'
import { requireNamedUser } from './users.ts'

const psd2 = z.object({
  type: z.literal('PSD2_AIS_CONSENT'),
  accountIds: z.array(z.string().min(1)).min(1).optional(),
  balances: z.boolean(),
  transactions: z.boolean(),
  psuIpAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  psuLocale: z
    .string()
    .regex(/^[a-z]{2}-[A-Z]{2}$/)
    .optional(),
  validUntil: z.iso.date().optional(),
})
const bankId = z.object({ type: z.literal('SWEDISH_BANKID'), personalNumber: z.string().regex(/^\d{12}$/) })

const posted = z.object({
  company: z.string(),
  loginMethod: z.string().optional(),
  parameters: z.array(z.discriminatedUnion('type', [psd2, bankId])),
})

export function createConsent(state: InsurelyState, request: SimulatorRequest): Reply {
  const user = requireUser(state, request)
  const { company: companyId, loginMethod, parameters } = requireBody(request, posted)
  const access = parameters.find((one) => one.type === 'PSD2_AIS_CONSENT')
  const person = parameters.find((one) => one.type === 'SWEDISH_BANKID')
  if (!access || !person) throw badRequest('PSD2_AIS_CONSENT and SWEDISH_BANKID are needed', 'VALIDATION_ERROR')
  if (loginMethod === undefined) throw badRequest('loginMethod is needed with SWEDISH_BANKID', 'VALIDATION_ERROR')
  const company = findCompany(companyId)
  if (!company) throw badRequest('Unknown company', 'COMPANY_NOT_FOUND')
  if (!company.loginMethods.includes(loginMethod)) {
    throw badRequest('The company does not have this login method', 'LOGIN_METHOD_NOT_APPLICABLE')
  }
  const now = state.clock.now()
  if (access.validUntil !== undefined && access.validUntil < now.toISOString().slice(0, 10)) {
    throw badRequest('validUntil is in the past', 'VALIDATION_ERROR')
  }
  const consent: Consent = {
    consentId: randomUUID(),
    userUuid: user.userUuid,
    company: companyId,
    loginMethod,
    person: createHash('sha256').update(person.personalNumber).digest('hex'),
    accountIds: access.accountIds ?? null,
    balances: access.balances,
    transactions: access.transactions,
    validUntil: access.validUntil ?? null,
    status: 'INITIATED',
    createdAt: now,
    statusChangedAt: now,
    order: null,
    renewals: 0,
    error: null,
    expiresAt: null,
    revokedAt: null,
  }
  state.consents.set(consent.consentId, consent)
  state.ledger.record('consent.created', { consentId: consent.consentId, userUuid: user.userUuid, company: companyId })
  return json(201, toConsent(consent))
}

const scopeOf = ({ accountIds, balances, transactions }: Consent) => ({
  type: 'PSD2_AIS',
  ...(accountIds !== null && { accountIds }),
  balances,
  transactions,
})

/** As in lists: neither times of creation nor the reason of a failure. */
const toConsent = (consent: Consent) => ({
  consentId: consent.consentId,
  company: consent.company,
  status: consent.status,
  ...(consent.status === 'AUTHORIZED' && { expiresAt: consent.expiresAt }),
  scope: scopeOf(consent),
})

/** Names beyond `autoStartToken` are choices: the documentation leaves the other variants out. */
function toAuthInstructions({ loginMethod, order }: Consent, now: Date) {
  if (order === null) return undefined
  const { autoStartToken, pickedUpAt } = order
  const hintCode = pickedUpAt === null ? 'outstandingTransaction' : 'userSign'
  if (loginMethod === sameDevice) return { type: 'SWEDISH_BANKID_AUTOSTART_TOKEN', autoStartToken, hintCode }
  return {
    type: 'SWEDISH_BANKID_ANIMATED_QR',
    ...(loginMethod !== otherDevice && { autoStartToken }),
    // Once taken up, there is nothing left to scan.
    ...(pickedUpAt === null && { qrCodeData: toQrText(order, now) }),
    hintCode,
  }
}

/** Nothing is left to wait for. */
const settled = new Set(['AUTHORIZED', 'REVOKED', 'EXPIRED', 'FAILED'])

/** Fields come and go with the status. */
function toStatus({ rules, clock }: InsurelyState, consent: Consent) {
  const { status } = consent
  return {
    consentId: consent.consentId,
    company: consent.company,
    status,
    createdAt: consent.createdAt,
    statusChangedAt: consent.statusChangedAt,
    scope: scopeOf(consent),
    pollingInterval: settled.has(status) ? null : rules.pollingIntervalMs,
    ...(status === 'AWAITING_AUTHORIZATION' && { authInstructions: toAuthInstructions(consent, clock.now()) }),
    ...(status === 'AUTHORIZED' && { expiresAt: consent.expiresAt }),
    ...(status === 'REVOKED' && { revokedAt: consent.revokedAt }),
    ...(status === 'FAILED' && { error: consent.error }),
  }
}

const ofUser = ({ consents }: InsurelyState, userUuid: string) =>
  consents
    .values()
    .filter((one) => one.userUuid === userUuid)
    .map(toConsent)

export function listOwnConsents(state: InsurelyState, request: SimulatorRequest): Reply {
  return json(200, ofUser(state, requireUser(state, request).userUuid))
}

/** For the customer's backend. */
export function listConsentsOfUser(state: InsurelyState, request: SimulatorRequest): Reply {
  requireApiKey(request)
  return json(200, ofUser(state, requireNamedUser(state, request).userUuid))
}

function requireOwnConsent(state: InsurelyState, request: SimulatorRequest): Consent {
  const { userUuid } = requireUser(state, request)
  const consent = state.consents.get(request.params['consentId'] ?? '')
  if (consent?.userUuid !== userUuid) throw notFound('The consent')
  return consent
}

export function readConsentStatus(state: InsurelyState, request: SimulatorRequest): Reply {
  return json(200, toStatus(state, requireOwnConsent(state, request)))
}

/** Also before it is authorized, which closes the order; of one that has ended it is refused. */
export function deleteConsent(state: InsurelyState, request: SimulatorRequest): Reply {
  const consent = requireOwnConsent(state, request)
  if (consent.status !== 'AUTHORIZED' && settled.has(consent.status)) {
    throw new InsurelyRefusal(409, 'CONSENT_NOT_ACTIVE', `The consent is ${consent.status}`)
  }
  return json(200, toStatus(state, revoke(state, consent, 'consent.revoked')))
}
