import { randomUUID } from 'node:crypto'
import { type DoubleAnswer, inDays, INSTITUTIONS, type ProviderDouble, toAnswer, toCounted } from './double-answer.ts'

interface Held {
  readonly consentId: string
  readonly company: unknown
  readonly status: string
  readonly expiresAt: string
  readonly scope: object
}

const COMPANIES = Array.from({ length: INSTITUTIONS }, (_, index) => ({
  company: `se-bank-${index}`,
  companyDisplayName: `Bank ${index}`,
  functional: true,
  status: 'OK',
  loginMethods: ['SWEDISH_MOBILE_BANKID_SAME_DEVICE', 'SWEDISH_MOBILE_BANKID_OTHER_DEVICE'],
}))

const scopeOf = (consentId: string) => ({
  type: 'PSD2_AIS',
  accountIds: ['SE4550000000058398257466', 'SE7280000810340009783242', consentId],
  balances: true,
  transactions: true,
})

/** Version 2026-04-01. BankID is signed before anybody looks. */
export const createInsurelyDouble = (): ProviderDouble => {
  const users = new Map<string, Held[]>()
  const byExternalId = new Map<string, string>()
  const lists = new Map<string, DoubleAnswer>()

  const toUser = (externalId: string, userUuid: string): DoubleAnswer =>
    toAnswer({ userUuid, externalId, anonymized: false, createdAt: inDays(0), updatedAt: inDays(0) })

  const createUser = (externalId: string): DoubleAnswer => {
    const userUuid = randomUUID()
    byExternalId.set(externalId, userUuid)
    users.set(userUuid, [])
    return toUser(externalId, userUuid)
  }

  const createConsent = (authorization: string, company: unknown): DoubleAnswer | null => {
    // The token of a session names its user.
    const userUuid = authorization.replace('Bearer session.', '')
    const held = users.get(userUuid)
    if (held === undefined) return null
    const consentId = randomUUID()
    const consent = { consentId, company, status: 'AUTHORIZED', expiresAt: inDays(90), scope: scopeOf(consentId) }
    held.push(consent)
    lists.set(`/users/${userUuid}/consents`, toCounted(held))
    lists.set(
      `/consents/${consentId}/status`,
      toAnswer({ ...consent, createdAt: inDays(0), statusChangedAt: inDays(0), pollingInterval: null }),
    )
    return toAnswer({ consentId, company, status: 'INITIATED', scope: consent.scope })
  }

  const find = (url: string): DoubleAnswer | null => {
    const known = lists.get(url)
    if (known !== undefined) return known
    if (url === '/companies/availability') return toAnswer(COMPANIES)
    const externalId = new URLSearchParams(url.split('?')[1]).get('externalId') ?? ''
    const userUuid = byExternalId.get(externalId)
    return userUuid === undefined ? null : toUser(externalId, userUuid)
  }

  return ({ method, url, headers, body }) => {
    if (method === 'GET') return find(url)
    if (url === '/users') return createUser(String(body['externalId']))
    const userUuid = /^\/users\/([^/]+)\/sessions$/.exec(url)?.[1]
    if (userUuid !== undefined) {
      return toAnswer({ token: `session.${userUuid}`, userUuid, expiresAt: inDays(1) })
    }
    return url === '/consents' ? createConsent(headers.authorization ?? '', body['company']) : null
  }
}
