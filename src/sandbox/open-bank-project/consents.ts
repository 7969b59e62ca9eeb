import { z } from 'zod'
import { institutionSuffix } from '../institution-flow.ts'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { requireBank } from './banks.ts'
import { requireCaller } from './caller.ts'
import { requireJson } from './json-body.ts'
import { parseConsentJwt } from './jwt.ts'
import {
  alreadyAnswered,
  alreadyRevoked,
  connectorRefusal,
  consentNotFound,
  jsonDoesNotFit,
  ObpRefusal,
} from './refusal.ts'
import type { Consent, ObpState } from './state.ts'
import { moveConsent } from './state.ts'
import { isSince } from './versions.ts'

const postedAnswer = z.object({ answer: z.string() })

/** One attempt, whoever is logged in. A wrong answer is a 201 like a right one: only the status tells. */
export function answerChallenge(state: ObpState, request: SimulatorRequest): Reply {
  const posted = requireJson(request)
  requireCaller(state, request)
  requireBank(request)
  const parsed = postedAnswer.safeParse(posted)
  if (!parsed.success) throw jsonDoesNotFit('PostConsentChallengeJsonV310')
  const consent = state.consents.get(request.params['consentId'] ?? '')
  if (!consent) throw connectorRefusal(consentNotFound)
  const { consentId } = consent
  if (consent.status !== 'INITIATED') {
    state.ledger.record('challenge.ignored', { consentId, status: consent.status })
    if (state.rules.generation === '2026') throw connectorRefusal(alreadyAnswered)
    return json(201, toConsentJson(consent))
  }
  const accepted = institutionSuffix(consent.bankId) === 'weird-status' ? 'UNDERREVIEW' : 'ACCEPTED'
  const status = parsed.data.answer === consent.challenge ? accepted : 'REJECTED'
  const answered = moveConsent(state, consent, status)
  state.ledger.record('challenge.answered', { consentId, status })
  return json(201, toConsentJson(answered))
}

/** v3.1.0 takes any bank for all banks, in no order; v4.0.0 lists the bank's own, newest first. */
export function listConsents(state: ObpState, request: SimulatorRequest): Reply {
  const { userId } = requireCaller(state, request)
  const bank = requireBank(request)
  if (!isSince('v4.0.0', request)) return json(200, { consents: consentsOf(state, userId).map(toConsentJson) })
  const here = newestFirst(consentsOf(state, userId).filter(({ bankId }) => bankId === bank.id))
  return json(200, { consents: here.map((consent) => ({ ...toConsentJson(consent), ...standard })) })
}

/** v4.0.0: the list without the JWTs. */
export function listConsentInfos(state: ObpState, request: SimulatorRequest): Reply {
  const { userId } = requireCaller(state, request)
  const bank = requireBank(request)
  const here = newestFirst(consentsOf(state, userId).filter(({ bankId }) => bankId === bank.id))
  return json(200, {
    consents: here.map((consent) => ({
      consent_id: consent.consentId,
      consumer_id: consent.consumerId,
      created_by_user_id: consent.userId,
      last_action_date: toDay(consent.lastActionAt),
      last_usage_date: consent.lastUsageAt === null ? null : toDay(consent.lastUsageAt),
      status: consent.status,
      ...standard,
    })),
  })
}

/** v5.1.0. */
export function readOwnConsent(state: ObpState, request: SimulatorRequest): Reply {
  const { userId } = requireCaller(state, request)
  const consent = ownConsent(state, request, userId)
  if (!consent) throw new ObpRefusal(404, consentNotFound)
  return json(200, {
    ...toConsentJson(consent),
    consent_request_id: null,
    scopes: parseConsentJwt(consent.jwt)?.entitlements ?? [],
    ...(state.rules.generation === '2026' ? { consumer_id: consent.consumerId } : {}),
  })
}

/** A change of state by GET. Every status but REVOKED becomes REVOKED. */
export function revokeConsent(state: ObpState, request: SimulatorRequest): Reply {
  const { userId } = requireCaller(state, request)
  requireBank(request)
  return revokeOwn(state, ownConsent(state, request, userId))
}

/** v5.1.0, by DELETE: needs a role at the bank and is still for own consents only; answers 200 with a body. */
export function deleteConsent(state: ObpState, request: SimulatorRequest): Reply {
  const { userId, entitlements } = requireCaller(state, request)
  const bank = requireBank(request)
  const role = 'CanRevokeConsentAtBank'
  if (!entitlements.some((own) => own.role_name === role && own.bank_id === bank.id)) {
    throw new ObpRefusal(403, `OBP-20006: User is missing one or more roles: ${role}`)
  }
  return revokeOwn(state, ownConsent(state, request, userId))
}

function revokeOwn(state: ObpState, consent: Consent | undefined): Reply {
  if (!consent) throw new ObpRefusal(400, consentNotFound)
  if (consent.status === 'REVOKED') throw connectorRefusal(alreadyRevoked)
  const revoked = moveConsent(state, consent, 'REVOKED')
  state.ledger.record('consent.revoked', { consentId: consent.consentId })
  return json(200, toConsentJson(revoked))
}

function ownConsent(state: ObpState, request: SimulatorRequest, userId: string): Consent | undefined {
  const consent = state.consents.get(request.params['consentId'] ?? '')
  return consent?.userId === userId ? consent : undefined
}

function consentsOf(state: ObpState, userId: string): readonly Consent[] {
  return state.consents.values().filter((consent) => consent.userId === userId)
}

function newestFirst(consents: readonly Consent[]): readonly Consent[] {
  return consents.toReversed()
}

function toConsentJson({ consentId, jwt, status }: Consent) {
  return { consent_id: consentId, jwt, status }
}

const standard = { api_standard: 'OBP', api_version: 'v3.1.0' }

const toDay = (at: Date) => at.toISOString().slice(0, 10)
