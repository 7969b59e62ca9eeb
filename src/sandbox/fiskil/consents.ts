import { institutionSuffix } from '../institution-flow.ts'
import type { Reply } from '../reply.ts'
import { empty, json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { internalError } from './refusal.ts'
import { FISKIL_SANDBOX_SEED, findInstitution } from './seed.ts'
import type { Consent, FiskilState } from './state.ts'
import { consentsOf, endConsent } from './state.ts'
import { inGeneration, versionOf } from './versions.ts'
import { accountId } from './webhooks.ts'

/** `GET /v1/consent?end_user_id=&active=`, newest last. */
export function listConsents(state: FiskilState, request: SimulatorRequest): Reply {
  const version = versionOf(state, request)
  const endUserId = request.query.get('end_user_id')
  const active = request.query.get('active')
  const all = endUserId === null ? state.consents.values() : consentsOf(state, endUserId)
  const found = all.filter((one) => active === null || String(one.active) === active)
  const items = found.map((one) => toConsentJson(state, one, version === 'v3'))
  const slow = found.some(({ institutionId }) => institutionSuffix(institutionId) === 'slow')
  return { ...json(200, inGeneration(version, 'consents', items)), delayMs: slow ? state.rules.slowDelayMs : 0 }
}

/** How often a DELETE fails at the bank of the suffix `-5xx`. */
const failingDeletes = 3

/** 204 whatever there was, an unknown id included. */
export function revokeConsent(state: FiskilState, request: SimulatorRequest): Reply {
  const consent = state.consents.get(request.params['arrangementId'] ?? '')
  if (!consent) return empty(204)
  const suffix = institutionSuffix(consent.institutionId)
  if (suffix === '5xx' && consent.failedDeletes < failingDeletes) {
    state.consents.set(consent.arrangementId, { ...consent, failedDeletes: consent.failedDeletes + 1 })
    throw internalError()
  }
  endConsent(state, consent, 'consent.revoked')
  return { ...empty(204), delayMs: suffix === 'slow' ? state.rules.slowDelayMs : 0 }
}

/** No status: a flag and a reason, which is the same for an end by time and by hand. */
function toConsentJson(state: FiskilState, consent: Consent, leavesOutEmpty: boolean) {
  const { arrangementId, accounts, institutionId, active } = consent
  const institution = findInstitution(institutionId)
  const weird = active && institutionSuffix(institutionId) === 'weird-status'
  const reason = active ? '' : 'Expired or Revoked'
  return {
    arrangement_id: arrangementId,
    active: weird ? 'under_review' : active,
    account_ids: accounts.map((key) => accountId(consent, key)),
    app_name: FISKIL_SANDBOX_SEED.appName,
    app_logo: '',
    created_at: consent.createdAt,
    duration: consent.durationSeconds,
    end_user_id: consent.endUserId,
    end_user_email: state.endUsers.get(consent.endUserId)?.email ?? '',
    expires_at: consent.expiresAt,
    institution_id: institutionId,
    institution_name: institution?.name,
    institution_logo: '',
    institution_type: institution?.industry,
    last_accessed: consent.lastConsentAt,
    last_consent: consent.lastConsentAt,
    permissions: consent.permissions,
    ...(leavesOutEmpty && reason === '' ? {} : { termination_reason: reason }),
  }
}
