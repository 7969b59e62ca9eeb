import { randomUUID } from 'node:crypto'
import {
  type DoubleAnswer,
  type DoubleRequest,
  inDays,
  INSTITUTIONS,
  type ProviderDouble,
  toAnswer,
  toCounted,
} from './double-answer.ts'

interface Held {
  readonly consents: object[]
  readonly accounts: object[]
}

const BANKS = Array.from({ length: INSTITUTIONS }, (_, index) => ({
  id: String(1000 + index),
  name: `Bank ${index}`,
  logo: `https://logos.example/au-${index}.png`,
  industry: 'banking',
  is_accessible: true,
  status: { connections: { status: 'HEALTHY' } },
}))

const DAYS = 90

const toConsent = (arrangementId: string, endUserId: string, institutionId: string, accountIds: readonly string[]) => ({
  arrangement_id: arrangementId,
  active: true,
  account_ids: accountIds,
  app_name: 'Bench',
  app_logo: 'https://logos.example/bench.png',
  created_at: new Date().toISOString(),
  duration: DAYS * 86_400,
  end_user_id: endUserId,
  end_user_email: 'bench@example.com',
  expires_at: inDays(DAYS),
  institution_id: institutionId,
  institution_name: `Bank ${Number(institutionId) - 1000}`,
  institution_logo: `https://logos.example/au-${institutionId}.png`,
  institution_type: 'banking',
  last_accessed: null,
  last_consent: new Date().toISOString(),
  permissions: ['accounts', 'balances', 'transactions'],
  termination_reason: null,
})

const toAccount = (id: string, index: number, arrangementId: string, institutionId: string) => ({
  fiskil_id: `fa_${id}`,
  account_id: id,
  arrangement_id: arrangementId,
  institution_id: institutionId,
  display_name: index === 0 ? 'Everyday' : 'Saver',
  masked_number: `xxxx xxxx ${1000 + index}`,
  product_category: 'TRANS_AND_SAVINGS_ACCOUNTS',
  currency: 'AUD',
})

const PAGE = '/?sess_id='

/** Version v3. A session's consent is there at once, as if the person had hurried. */
export const createFiskilDouble = (): ProviderDouble => {
  const users = new Map<string, Held>()
  /** By address: what is listed stays until something is added. */
  const lists = new Map<string, DoubleAnswer>()
  /** By session, where the person is sent back to. */
  const backTo = new Map<string, string>()

  const listOf = (url: string): DoubleAnswer | null => {
    const known = lists.get(url)
    if (known !== undefined) return known
    const [path, query] = url.split('?')
    const held = users.get(new URLSearchParams(query).get('end_user_id') ?? '')
    if (held === undefined) return null
    const answer =
      path === '/v1/consent'
        ? toCounted({ consents: held.consents, links: {} })
        : toCounted({ accounts: held.accounts, links: {} })
    lists.set(url, answer)
    return answer
  }

  const startSession = (body: DoubleRequest['body']): DoubleAnswer | null => {
    const [endUserId, institutionId] = [String(body['end_user_id']), String(body['institution_id'])]
    const held = users.get(endUserId)
    if (held === undefined) return null
    const arrangementId = randomUUID()
    const accountIds = [0, 1].map((index) => `${arrangementId}-${index}`)
    held.consents.push(toConsent(arrangementId, endUserId, institutionId, accountIds))
    held.accounts.push(...accountIds.map((id, index) => toAccount(id, index, arrangementId, institutionId)))
    lists.clear()
    const sessionId = randomUUID()
    backTo.set(sessionId, `${String(body['redirect_uri'])}&session_id=${sessionId}`)
    return toAnswer({
      id: 'bench',
      session_id: sessionId,
      auth_url: `https://auth.fiskil.example${PAGE}${sessionId}`,
      expires_at: Math.floor(Date.now() / 1000) + 900,
    })
  }

  return ({ method, url, body }) => {
    if (method === 'GET') {
      if (url.startsWith('/v1/institutions')) return toAnswer({ institutions: BANKS, links: {} })
      const location = url.startsWith(PAGE) ? backTo.get(url.slice(PAGE.length)) : undefined
      return location === undefined ? listOf(url) : toAnswer({ location })
    }
    if (url === '/v1/token') return toAnswer({ token: 'a.fiskil.token', token_type: 'Bearer', expires_in: 3600 })
    if (url === '/v1/auth/session') return startSession(body)
    if (url !== '/v1/end-users') return null
    const id = `eu_${randomUUID()}`
    users.set(id, { consents: [], accounts: [] })
    return toAnswer({ end_user_id: id })
  }
}
