import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { institutionSuffix } from '../institution-flow.ts'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import { requireBank } from './banks.ts'
import type { Caller } from './caller.ts'
import { requireCaller } from './caller.ts'
import { requireJson } from './json-body.ts'
import { signJwt } from './jwt.ts'
import { jsonDoesNotFit, ObpRefusal } from './refusal.ts'
import type { Consumer } from './seed.ts'
import { consumers, OBP_SANDBOX_SEED } from './seed.ts'
import type { Consent, ObpState } from './state.ts'

/** An unset field may also be null, and unknown fields are ignored. */
const postedConsent = z.object({
  everything: z.boolean(),
  views: z.array(z.object({ bank_id: z.string(), account_id: z.string(), view_id: z.string() })),
  entitlements: z.array(z.object({ bank_id: z.string(), role_name: z.string() })),
  email: z.string().nullish(),
  phone_number: z.string().nullish(),
  consumer_id: z.string().nullish(),
  valid_from: z.iso
    .datetime({ precision: 0 })
    .transform((text) => new Date(text))
    .nullish(),
  time_to_live: z.int().nullish(),
  bank_id: z.string().nullish(),
})
type PostedConsent = Readonly<z.infer<typeof postedConsent>>

const defaultTimeToLiveSeconds = 3600
const expiresSoonSeconds = 60
const neverInEverything = new Set(['CanCreateEntitlementAtOneBank', 'CanCreateEntitlementAtAnyBank'])

/** The order of the checks decides which error wins. */
export function createConsent(state: ObpState, request: SimulatorRequest): Reply {
  const posted = requireJson(request)
  const caller = requireCaller(state, request)
  const bank = requireBank(request)
  const method = request.params['scaMethod']
  if (method !== 'SMS' && method !== 'EMAIL' && method !== 'IMPLICIT') {
    throw new ObpRefusal(400, 'OBP-35009: Only SMS, EMAIL and IMPLICIT are supported as SCA methods. ')
  }
  const parsed = postedConsent.safeParse(posted)
  if (!parsed.success) throw jsonDoesNotFit('PostConsentBodyCommonJson')
  const wanted = parsed.data
  const { maxTimeToLiveSeconds } = state.rules
  if ((wanted.time_to_live ?? 0) > maxTimeToLiveSeconds) {
    throw new ObpRefusal(
      400,
      `OBP-35020: You exceeded max value of time to live of consents. (${String(maxTimeToLiveSeconds)})`,
    )
  }
  checkRights(caller, wanted)
  const consumer = chooseConsumer(state, caller, wanted.consumer_id)

  // Stored before the code is sent: where sending fails, the consent stays behind.
  const consent = storeConsent(state, { caller, consumer, wanted, bankId: bank.id, issuer: request.origin })
  const { consentId, status } = consent
  state.ledger.record('consent.created', { consentId, bankId: bank.id, consumerId: consent.consumerId, method, status })
  if (status === 'INITIATED') sendChallenge(state, { consent, consumer, wanted, method, ownEmail: caller.email })
  return json(201, { consent_id: consentId, jwt: consent.jwt, status })
}

function checkRights(caller: Caller, wanted: PostedConsent): void {
  const hasRole = (role: PostedConsent['entitlements'][number]) =>
    caller.entitlements.some((own) => own.role_name === role.role_name && own.bank_id === role.bank_id)
  if (!wanted.entitlements.every(hasRole)) {
    throw new ObpRefusal(400, 'OBP-35013: Consents can only contain Roles that you already have access to.')
  }
  const hasView = (view: PostedConsent['views'][number]) =>
    caller.views.some(
      (own) => own.bank_id === view.bank_id && own.account_id === view.account_id && own.view_id === view.view_id,
    )
  if (!wanted.views.every(hasView)) {
    throw new ObpRefusal(400, 'OBP-35014: Consents can only contain Views that you already have access to.')
  }
}

/** Where none is named, 2024 takes the first that the user ever created, or none at all; 2026 takes the calling one. */
function chooseConsumer(state: ObpState, caller: Caller, consumerId: string | null | undefined): Consumer | null {
  if (consumerId === null || consumerId === undefined) {
    if (state.rules.generation === '2026') return caller.consumer
    return consumers.find(({ createdByUserId }) => createdByUserId === caller.userId) ?? null
  }
  const consumer = consumers.find((candidate) => candidate.consumerId === consumerId)
  if (!consumer) throw new ObpRefusal(404, `OBP-30019: Consumer not found. Current ConsumerId is ${consumerId}`)
  if (!consumer.isActive) {
    throw new ObpRefusal(400, `OBP-20058: Consumer is disabled. ConsumerId: ${consumerId}`)
  }
  return consumer
}

interface NewConsent {
  readonly caller: Caller
  readonly consumer: Consumer | null
  readonly wanted: PostedConsent
  readonly bankId: string
  readonly issuer: string
}

function storeConsent(state: ObpState, { caller, consumer, wanted, bankId, issuer }: NewConsent): Consent {
  const createdAt = state.clock.now()
  const consentId = randomUUID()
  const secret = randomBytes(32).toString('base64url')
  const suffix = institutionSuffix(bankId)
  const inScope = (grant: { readonly bank_id: string }) => !wanted.bank_id || grant.bank_id === wanted.bank_id
  const allRoles = caller.entitlements.filter(({ role_name: role }) => !neverInEverything.has(role))
  const nbf = Math.floor((wanted.valid_from ?? createdAt).getTime() / 1000)
  const askedSeconds = wanted.time_to_live ?? defaultTimeToLiveSeconds
  const exp = nbf + (suffix === 'expires-soon' ? Math.min(askedSeconds, expiresSoonSeconds) : askedSeconds)
  const consumerId = consumer?.consumerId ?? ''
  const jwt = signJwt(
    {
      createdByUserId: caller.userId,
      sub: randomUUID(),
      iss: issuer,
      aud: consumerId,
      jti: consentId,
      iat: Math.floor(createdAt.getTime() / 1000),
      nbf,
      exp,
      name: caller.username,
      email: caller.email,
      entitlements: (wanted.everything ? allRoles : wanted.entitlements).filter(inScope),
      views: (wanted.everything ? caller.views : wanted.views).filter(inScope),
    },
    secret,
  )
  const consent: Consent = {
    consentId,
    userId: caller.userId,
    bankId,
    consumerId,
    secret,
    jwt,
    status: suffix === 'accepted' ? 'ACCEPTED' : 'INITIATED',
    challenge: OBP_SANDBOX_SEED.otp,
    createdAt,
    expiresAt: new Date(exp * 1000),
    lastActionAt: createdAt,
    lastUsageAt: null,
  }
  state.consents.set(consentId, consent)
  return consent
}

interface Challenge {
  readonly consent: Consent
  readonly consumer: Consumer | null
  readonly wanted: PostedConsent
  readonly method: 'SMS' | 'EMAIL' | 'IMPLICIT'
  readonly ownEmail: string
}

function sendChallenge(state: ObpState, { consent, consumer, wanted, method, ownEmail }: Challenge): void {
  const channel = method === 'SMS' ? 'SMS' : 'EMAIL'
  const to = method === 'SMS' ? wanted.phone_number : method === 'EMAIL' ? wanted.email : ownEmail
  if (!to) throw jsonDoesNotFit(method === 'SMS' ? 'PostConsentPhoneJsonV310' : 'PostConsentEmailJsonV310')
  if (channel === 'SMS' && consent.bankId.endsWith('-no-sms')) {
    throw new ObpRefusal(400, 'OBP-00010: Missing props value at this API instance - sca_phone_api_key')
  }
  if (channel === 'SMS' && to.endsWith(OBP_SANDBOX_SEED.unreachablePhoneEnding)) {
    throw new ObpRefusal(
      400,
      'OBP-35010: SMS server is not working or SMS server can not send the message to the phone. ',
    )
  }
  const application = consumer?.description ?? 'Any application'
  state.inbox.deliver({
    channel,
    to,
    text: `Your consent challenge : ${consent.challenge}, Application: ${application}`,
    code: consent.challenge,
    institution: consent.bankId,
  })
  state.ledger.record('challenge.sent', { consentId: consent.consentId, channel })
}
