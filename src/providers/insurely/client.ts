import type { CallContext } from '../../domain/provider.ts'
import { toPath, type UpstreamRequest } from '../../upstream/request.ts'
import type { UpstreamResponse } from '../../upstream/response.ts'
import type { Upstream } from '../../upstream/upstream.ts'
import { type Acting, toInsurelyFault } from './faults.ts'
import { createSessions, type Sessions } from './sessions.ts'
import {
  type ConsentStatusAnswer,
  type CreateConsentBody,
  type CreatedConsent,
  type InsurelyCollection,
  type InsurelyCompany,
  type InsurelySession,
  type ListedConsent,
  parseCollections,
  parseCompanies,
  parseConsents,
  parseCreated,
  parseSession,
  parseStatus,
  parseUser,
} from './wire.ts'

/** One consent of one user, at one bank. */
export interface ConsentRef {
  readonly userRef: string
  readonly consentId: string
  readonly company: string | null
}

/** The 2026-04-01 API as calls. Each rejects with GatewayError only; `providerCode` is Insurely's own code. */
export interface InsurelyClient {
  readonly sessions: Pick<Sessions, 'seed'>
  /** Null where nobody has this name. */
  findUser(externalId: string, call: CallContext): Promise<string | null>
  createUser(externalId: string, call: CallContext): Promise<string | null>
  /** One who is not there is forgotten already. */
  anonymizeUser(userRef: string, call: CallContext): Promise<void>
  openSession(userRef: string, call: CallContext): Promise<InsurelySession>
  createConsent(userRef: string, body: CreateConsentBody, call: CallContext): Promise<CreatedConsent>
  consentStatus(ref: ConsentRef, call: CallContext): Promise<ConsentStatusAnswer>
  /** Null where the answer says no more than that it was done. */
  deleteConsent(ref: ConsentRef, call: CallContext): Promise<ConsentStatusAnswer | null>
  listConsents(userRef: string, call: CallContext): Promise<readonly ListedConsent[]>
  listCollections(userRef: string, call: CallContext): Promise<readonly InsurelyCollection[]>
  listCompanies(call: CallContext): Promise<readonly InsurelyCompany[]>
}

export interface InsurelyClientOptions {
  readonly upstream: Upstream
  readonly apiKey: string
  /** Without it Insurely answers in its lowest running version. */
  readonly version: string
}

type InsurelyRequest = Omit<UpstreamRequest, 'headers'>

const orFault = (response: UpstreamResponse, acting: Acting): UpstreamResponse => {
  if (response.status >= 400) throw toInsurelyFault(response, acting)
  return response
}

const read = (operation: string, path: string, call: CallContext): InsurelyRequest => ({
  operation,
  method: 'GET',
  path,
  effect: 'none',
  repeatable: true,
  call,
})

export const createInsurelyClient = ({ upstream, apiKey, version }: InsurelyClientOptions): InsurelyClient => {
  const customerHeaders = { 'Insurely-Version': version, 'authorization-token': apiKey }

  const sendAsCustomer = (request: InsurelyRequest): Promise<UpstreamResponse> =>
    upstream.call({ ...request, shareKey: 'customer', headers: customerHeaders })

  const asCustomer = async (request: InsurelyRequest): Promise<UpstreamResponse> =>
    orFault(await sendAsCustomer(request), 'CUSTOMER')

  const openSession: InsurelyClient['openSession'] = async (userRef, call) => {
    const path = toPath`/users/${userRef}/sessions`
    // Sessions made before stay valid, so that one more changes nothing.
    const request = { ...read('session.create', path, call), method: 'POST' } as const
    return parseSession(await asCustomer(request))
  }

  const sessions = createSessions(openSession)

  /** A refused session had no effect, whatever the call: it is made again, once, with a new one. */
  const asUser = async (userRef: string, request: InsurelyRequest): Promise<UpstreamResponse> => {
    const send = async (token: string): Promise<UpstreamResponse> =>
      await upstream.call({ ...request, headers: { 'Insurely-Version': version, Authorization: `Bearer ${token}` } })
    const token = await sessions.token(userRef, request.call)
    const first = await send(token)
    if (first.status !== 401) return orFault(first, 'USER')
    sessions.drop(userRef, token)
    return orFault(await send(await sessions.token(userRef, request.call)), 'USER')
  }

  const about = (company: string | null) => (company === null ? {} : { institution: company })

  return {
    sessions,
    openSession,

    findUser: async (externalId, call) => {
      const response = await sendAsCustomer({ ...read('user.find', '/users', call), query: { externalId } })
      return response.status === 404 ? null : parseUser(orFault(response, 'CUSTOMER'))
    },

    createUser: async (externalId, call) => {
      const response = await asCustomer({
        operation: 'user.create',
        method: 'POST',
        path: '/users',
        json: { externalId },
        effect: 'possible',
        // Whether a second one is refused is not documented.
        repeatable: false,
        call,
      })
      return parseUser(response)
    },

    anonymizeUser: async (userRef, call) => {
      const response = await sendAsCustomer({
        operation: 'user.anonymize',
        method: 'DELETE',
        path: toPath`/users/${userRef}`,
        effect: 'possible',
        repeatable: true,
        call,
      })
      if (response.status !== 404) orFault(response, 'CUSTOMER')
    },

    createConsent: async (userRef, body, call) => {
      const response = await asUser(userRef, {
        operation: 'consent.create',
        method: 'POST',
        path: '/consents',
        json: body,
        effect: 'possible',
        repeatable: false,
        institution: body.company,
        call,
      })
      return parseCreated(response)
    },

    consentStatus: async ({ userRef, consentId, company }, call) => {
      const path = toPath`/consents/${consentId}/status`
      const request = { ...read('consent.status', path, call), ...about(company) }
      return parseStatus(await asUser(userRef, request), consentId)
    },

    deleteConsent: async ({ userRef, consentId, company }, call) => {
      const response = await asUser(userRef, {
        operation: 'consent.delete',
        method: 'DELETE',
        path: toPath`/consents/${consentId}`,
        effect: 'possible',
        // A second one finds the consent ended.
        repeatable: true,
        ...about(company),
        call,
      })
      return response.text.trim() === '' && response.status < 300 ? null : parseStatus(response, consentId)
    },

    listConsents: async (userRef, call) =>
      parseConsents(await asCustomer(read('consents.list', toPath`/users/${userRef}/consents`, call))),

    listCollections: async (userRef, call) =>
      parseCollections(await asCustomer(read('collections.list', toPath`/users/${userRef}/collections`, call))),

    listCompanies: async (call) =>
      parseCompanies(await asCustomer(read('companies.list', '/companies/availability', call))),
  }
}
