import type { SimulatorRequest } from '../request.ts'
import { presentedToken } from './direct-login.ts'
import type { ConsentClaims, ViewGrant } from './jwt.ts'
import { isSigned, parseConsentJwt } from './jwt.ts'
import { consentNotFound, notLoggedIn, ObpRefusal } from './refusal.ts'
import type { Consumer, Entitlement } from './seed.ts'
import { accounts, consumers, users } from './seed.ts'
import type { Consent, ObpState } from './state.ts'

/** Who calls, and what it may see. */
export interface Caller {
  readonly userId: string
  readonly username: string
  readonly email: string
  readonly provider: string
  /** Null under a consent. */
  readonly consumer: Consumer | null
  /** Private views only. */
  readonly views: readonly ViewGrant[]
  readonly entitlements: readonly Entitlement[]
}

/** A consent header wins over a login, which is then not even looked at. */
export function requireCaller(state: ObpState, request: SimulatorRequest): Caller {
  return consentCaller(state, request) ?? loginCaller(state, request)
}

function loginCaller(state: ObpState, request: SimulatorRequest): Caller {
  const token = presentedToken(state, request)
  const user = users.find(({ userId }) => userId === token?.userId)
  if (!token || !user) throw notLoggedIn()
  const { userId, username, email, entitlements } = user
  const consumer = consumers.find(({ consumerId }) => consumerId === token.consumerId) ?? null
  return { userId, username, email, provider: request.origin, consumer, views: viewsOf(userId), entitlements }
}

function viewsOf(userId: string): readonly ViewGrant[] {
  return accounts
    .filter(({ ownerUserId }) => ownerUserId === userId)
    .flatMap(({ id, bankId, views }) =>
      views.filter(({ isPublic }) => !isPublic).map((view) => ({ bank_id: bankId, account_id: id, view_id: view.id })),
    )
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Null without a consent header. The names must match in case: `consent-jwt` is no header of this server. */
function consentCaller(state: ObpState, request: SimulatorRequest): Caller | null {
  const presented = request.exactHeader('Consent-JWT') ?? request.exactHeader('Consent-Id')
  const ofBerlinGroup = request.exactHeader('Consent-ID')
  if (presented === undefined && ofBerlinGroup === undefined) return null
  if (!state.rules.consentsAllowed) throw unauthorized('OBP-35007: Consents are not allowed at this instance. ')
  // `Consent-ID` names a Berlin Group consent, of which there are none here.
  if (presented === undefined) throw unauthorized(consentNotFound)

  const { consent, claims } = findPresented(state, presented)
  const nowSeconds = state.clock.now().getTime() / 1000
  if (consent.status !== 'ACCEPTED' && consent.status !== 'VALID') {
    throw unauthorized('OBP-35005: Consent-Id is not in status ACCEPTED. ')
  }
  if (!uuid.test(presented) && !isSigned(presented, consent.secret)) {
    throw unauthorized('OBP-35004: Consent JWT value is not signed by this server. ')
  }
  if (nowSeconds < claims.nbf) throw unauthorized('OBP-35002: The time Consent-Id was issued is in the future. ')
  if (nowSeconds > claims.exp) throw unauthorized('OBP-35003: Consent-Id is expired. ')
  checkConsumer(state, request, claims.aud)

  state.consents.set(consent.consentId, { ...consent, lastUsageAt: state.clock.now() })
  const { sub, iss, views, entitlements } = claims
  return { userId: sub, username: sub, email: claims.email, provider: iss, consumer: null, views, entitlements }
}

function findPresented(
  state: ObpState,
  presented: string,
): { readonly consent: Consent; readonly claims: ConsentClaims } {
  const jwt = uuid.test(presented) ? state.consents.get(presented)?.jwt : presented
  if (jwt === undefined) throw unauthorized(consentNotFound)
  const claims = parseConsentJwt(jwt)
  if (!claims) throw unauthorized('OBP-35032: The header value is neither a UUID nor a JWT. ')
  const consent = state.consents.get(claims.jti)
  if (!consent) throw unauthorized(consentNotFound)
  return { consent, claims }
}

function checkConsumer({ rules }: ObpState, request: SimulatorRequest, consumerId: string): void {
  if (rules.consumerValidation === 'NONE') return
  const consumer = consumers.find((candidate) => candidate.consumerId === consumerId)
  if (!consumer) throw unauthorized('OBP-35018: The Consumer of the consent is not found. ')
  if (!consumer.isActive) throw unauthorized('OBP-35017: The Consumer of the consent is disabled. ')
  const byKey = rules.consumerValidation === 'CONSUMER_KEY_VALUE'
  const presented = request.exactHeader(byKey ? 'Consumer-Key' : 'PSD2-CERT')
  if (presented === (byKey ? consumer.key : consumer.certificate)) return
  if (presented === undefined) {
    throw unauthorized(`OBP-35016: The header ${byKey ? 'Consumer-Key' : 'PSD2-CERT'} is missing. `)
  }
  // The server of 2026 does not tell a stranger that the consent exists.
  throw unauthorized(
    rules.generation === '2026' ? consentNotFound : 'OBP-35015: The Consumer does not match the consent. ',
  )
}

function unauthorized(message: string): ObpRefusal {
  return new ObpRefusal(401, message)
}
