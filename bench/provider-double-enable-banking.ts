import { randomUUID } from 'node:crypto'
import { type DoubleAnswer, INSTITUTIONS, type ProviderDouble, toAnswer, toCounted, toHash } from './double-answer.ts'

interface Asked {
  readonly aspsp: unknown
  readonly access: { readonly valid_until: string }
  readonly psuType: unknown
  /** Where the person is sent back to. */
  readonly backTo: string
}

const ASPSPS = Array.from({ length: INSTITUTIONS }, (_, index) => ({
  name: `Bank ${index}`,
  country: 'FI',
  logo: `https://logos.example/bank-${index}.png`,
  psu_types: ['personal', 'business'],
  auth_methods: [{ name: 'redirect', psu_type: 'personal', approach: 'REDIRECT', hidden_method: false }],
  maximum_consent_validity: 15_552_000,
  beta: false,
}))

const toAccounts = (sessionId: string) =>
  ['current', 'savings'].map((name, index) => {
    const hash = toHash(`${name}${sessionId}`)
    return {
      uid: `${sessionId.slice(0, -1)}${index}`,
      account_id: { iban: `FI211234560000078${index}` },
      name,
      cash_account_type: index === 0 ? 'CACC' : 'SVGS',
      product: name,
      currency: 'EUR',
      identification_hash: hash,
      identification_hashes: [hash],
    }
  })

/** A session is as large as a real one with two accounts: about 1 kB. */
const toSession = (id: string, { aspsp, access, psuType }: Asked): DoubleAnswer => {
  const accounts = toAccounts(id)
  const now = new Date().toISOString()
  return toCounted({
    status: 'AUTHORIZED',
    accounts: accounts.map(({ uid }) => uid),
    accounts_data: accounts.map(({ uid, identification_hash, identification_hashes }) => ({
      uid,
      identification_hash,
      identification_hashes,
    })),
    aspsp,
    psu_type: psuType,
    psu_id_hash: toHash(id),
    access: { valid_until: access.valid_until, balances: true, transactions: true, accounts: null },
    created: now,
    authorized: now,
    closed: null,
  })
}

const START = '/ais/start?sessionid='

/** The code of a callback is the authorization's id. Asked for the bank's page, it tells where the person goes from there. */
export const createEnableBankingDouble = (): ProviderDouble => {
  const asked = new Map<string, Asked>()
  const sessions = new Map<string, DoubleAnswer>()

  return ({ method, url, body }) => {
    if (method === 'GET') {
      const session = sessions.get(url)
      if (session !== undefined) return session
      const start = url.startsWith(START) ? asked.get(url.slice(START.length)) : undefined
      if (start !== undefined) return toAnswer({ location: start.backTo })
      if (url.startsWith('/aspsps')) return toAnswer({ aspsps: ASPSPS })
      return url === '/application' ? toAnswer({ name: 'Bench', active: true, services: ['AIS'] }) : null
    }
    if (url === '/auth') {
      const id = randomUUID()
      asked.set(id, {
        aspsp: body['aspsp'],
        access: body['access'] as Asked['access'],
        psuType: body['psu_type'],
        backTo: `${String(body['redirect_url'])}?code=${id}&state=${String(body['state'])}`,
      })
      return toCounted({
        url: `https://auth.enablebanking.example${START}${id}`,
        authorization_id: id,
        psu_id_hash: toHash(id),
      })
    }
    const start = asked.get(String(body['code']))
    if (url !== '/sessions' || start === undefined) return null
    const sessionId = randomUUID()
    sessions.set(`/sessions/${sessionId}`, toSession(sessionId, start))
    const { aspsp, access, psuType } = start
    return toAnswer({ session_id: sessionId, accounts: toAccounts(sessionId), aspsp, psu_type: psuType, access })
  }
}
