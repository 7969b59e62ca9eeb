import { GatewayError } from '../../domain/errors.ts'
import type { CallContext } from '../../domain/provider.ts'
import type { OtpChannel } from '../../domain/step.ts'
import { toPath, type UpstreamRequest } from '../../upstream/request.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import type { Credential } from './auth.ts'
import { hasObpCode, isLoginRefused, toObpFault } from './faults.ts'
import {
  type CreateConsentBody,
  type ListedObpConsent,
  type ObpAccount,
  type ObpBank,
  type ObpConsent,
  parseAccounts,
  parseBanks,
  parseConsent,
  parseConsentOf,
  parseConsents,
  parseUser,
} from './wire.ts'

export interface ConsentRef {
  readonly bankId: string
  readonly consentId: string
}

/** OBP v3.1.0 as calls. Each rejects with GatewayError only; `providerCode` is the server's own number. */
export interface ObpClient {
  createConsent(
    who: Credential,
    to: { readonly bankId: string; readonly method: OtpChannel; readonly body: CreateConsentBody },
    call: CallContext,
  ): Promise<ObpConsent>
  answerChallenge(who: Credential, consent: ConsentRef, otp: string, call: CallContext): Promise<ObpConsent>
  revokeConsent(who: Credential, consent: ConsentRef, call: CallContext): Promise<ObpConsent>
  /** All of the user's consents: v3.1.0 ignores the bank. Later servers may heed it. */
  listConsents(who: Credential, bankId: string, call: CallContext): Promise<readonly ListedObpConsent[]>
  listMyAccounts(who: Credential, call: CallContext): Promise<readonly ObpAccount[]>
  /** Under a consent, and with nobody's login. */
  listConsentedAccounts(jwt: string, call: CallContext): Promise<readonly ObpAccount[]>
  listBanks(call: CallContext): Promise<readonly ObpBank[]>
  checkUser(who: Credential, call: CallContext): Promise<void>
}

export interface ObpClientOptions {
  readonly upstream: Upstream
  readonly consumerKey: string
  /** PEM. */
  readonly psd2Cert: string | null
}

const VERSION = '/obp/v3.1.0'

/** A header holds one line, a PEM has several. */
const toHeaderValue = (pem: string | null): string | undefined => pem?.replaceAll(/[\r\n]+/g, '')

type ObpRequest = Omit<UpstreamRequest, 'headers'>

export const createObpClient = ({ upstream, consumerKey, psd2Cert }: ObpClientOptions): ObpClient => {
  const certificate = toHeaderValue(psd2Cert)

  const orFault = (response: UpstreamResponse, { acting }: Pick<Credential, 'acting'>): UpstreamResponse => {
    if (response.status >= 400) throw toObpFault(response, acting)
    return response
  }

  /** A refused login had no effect, whatever the call: it is made again, once, with a new one. */
  const callAs = async (who: Credential, request: ObpRequest): Promise<UpstreamResponse> => {
    const headers = await who.headers(request.call)
    const first = await upstream.call({ ...request, headers })
    if (!isLoginRefused(first) || !who.renew(headers)) return orFault(first, who)
    return orFault(await upstream.call({ ...request, headers: await who.headers(request.call) }), who)
  }

  const read = (operation: string, path: string, call: CallContext): ObpRequest => ({
    operation,
    method: 'GET',
    path,
    effect: 'none',
    repeatable: true,
    call,
  })

  /** For a call on a consent: where the bank failed behind the server, nobody knows how far it had come. */
  const orUnknown = (error: unknown): never => {
    if (!hasObpCode(error, '50000', '50005', '50200')) throw error
    throw new GatewayError('OUTCOME_UNKNOWN', { providerCode: error.providerCode, cause: error })
  }

  const write = (operation: string, path: string, bankId: string, call: CallContext): ObpRequest => ({
    operation,
    method: 'POST',
    path,
    effect: 'possible',
    repeatable: false,
    institution: bankId,
    call,
  })

  return {
    createConsent: async (who, { bankId, method, body }, call) => {
      const path = VERSION + toPath`/banks/${bankId}/my/consents/${method}`
      return parseConsent(await callAs(who, { ...write('consent.create', path, bankId, call), json: body }))
    },

    answerChallenge: async (who, { bankId, consentId }, otp, call) => {
      const path = VERSION + toPath`/banks/${bankId}/consents/${consentId}/challenge`
      const request = { ...write('consent.answer', path, bankId, call), json: { answer: otp } }
      return parseConsentOf(await callAs(who, request).catch(orUnknown), consentId)
    },

    revokeConsent: async (who, { bankId, consentId }, call) => {
      const path = VERSION + toPath`/banks/${bankId}/my/consents/${consentId}/revoke`
      const request = { ...write('consent.revoke', path, bankId, call), method: 'GET' } as const
      return parseConsentOf(await callAs(who, request).catch(orUnknown), consentId)
    },

    listConsents: async (who, bankId, call) => {
      const path = VERSION + toPath`/banks/${bankId}/my/consents`
      const request = { ...read('consents.list', path, call), institution: bankId, shareKey: who.shareKey }
      return parseConsents(await callAs(who, request))
    },

    listMyAccounts: async (who, call) =>
      parseAccounts(
        await callAs(who, { ...read('accounts.list', `${VERSION}/my/accounts`, call), shareKey: who.shareKey }),
      ),

    listConsentedAccounts: async (jwt, call) => {
      const response = await upstream.call({
        ...read('consent.accounts', `${VERSION}/my/accounts`, call),
        // Servers match these three by case.
        headers: { 'Consent-JWT': jwt, 'Consumer-Key': consumerKey, 'PSD2-CERT': certificate },
      })
      return parseAccounts(orFault(response, { acting: 'CONSENT' }))
    },

    listBanks: async (call) => {
      const response = await upstream.call({ ...read('banks.list', `${VERSION}/banks`, call), shareKey: 'anybody' })
      return parseBanks(orFault(response, { acting: 'NOBODY' }))
    },

    checkUser: async (who, call) => {
      parseUser(await callAs(who, read('user.current', '/obp/v3.0.0/users/current', call)))
    },
  }
}
