import { createHmac, randomUUID } from 'node:crypto'
import { type DoubleAnswer, INSTITUTIONS, type ProviderDouble, toAnswer, toCounted } from './double-answer.ts'

interface Held {
  readonly consent_id: string
  readonly jwt: string
  readonly status: string
}

interface View {
  readonly bank_id: string
  readonly account_id: string
}

const VERSION = '/obp/v3.1.0'
const BANKS = Array.from({ length: INSTITUTIONS }, (_, index) => `bank.${index}`)

const signJwt = (claims: object): string => {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${encode({ alg: 'HS256' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', 'double').update(signed).digest('base64url')}`
}

const viewsIn = (jwt: string): readonly View[] => {
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as { readonly views: View[] }
  return claims.views
}

const createConsent = (body: Readonly<Record<string, unknown>>): Held => {
  const validFrom = Math.floor(Date.parse(String(body['valid_from'])) / 1000)
  const claims = {
    createdByUserId: 'd2f4b0e6-7a3c-4a55-9a1c-0a4b7c2d9e10',
    sub: randomUUID(),
    iss: 'http://127.0.0.1',
    aud: body['consumer_id'],
    jti: randomUUID(),
    iat: validFrom,
    nbf: validFrom,
    exp: validFrom + Number(body['time_to_live']),
    name: null,
    email: null,
    entitlements: body['entitlements'],
    views: body['views'],
  }
  return { consent_id: claims.jti, jwt: signJwt(claims), status: 'INITIATED' }
}

/** Whatever bank is asked for, it is there, with two accounts. */
const accountsAt = (bankId: string) =>
  ['current', 'savings'].map((name) => ({
    id: `${bankId}.${name}`,
    bank_id: bankId,
    label: name,
    account_type: 'CURRENT',
    account_routings: [{ scheme: 'IBAN', address: `DE2150051000000000${bankId}` }],
    views: ['owner', 'accountant'].map((id) => ({ id, is_public: false })),
  }))

const ACCOUNTS = toAnswer({ accounts: BANKS.flatMap(accountsAt) })

const accountsOf = (jwt: string): DoubleAnswer => {
  const ids = new Set(viewsIn(jwt).map((view) => view.account_id))
  return toCounted({ accounts: BANKS.flatMap(accountsAt).filter(({ id }) => ids.has(id)) })
}

/** v3.1.0: one list for each login with every consent that it made, whatever bank is in the address. */
export const createObpDouble = (): ProviderDouble => {
  const byLogin = new Map<string, Map<string, Held>>()
  const lists = new Map<string, DoubleAnswer>()

  const consentsOf = (login: string): Map<string, Held> => {
    const held = byLogin.get(login) ?? new Map<string, Held>()
    byLogin.set(login, held)
    return held
  }

  const keep = (login: string, held: Held): DoubleAnswer => {
    const all = consentsOf(login).set(held.consent_id, held)
    lists.set(login, toCounted({ consents: [...all.values()] }))
    return toAnswer(held, 201)
  }

  return ({ method, url, headers, body }) => {
    const login = String(headers['directlogin'])
    if (method === 'GET') {
      if (url.endsWith('/my/consents')) return lists.get(login) ?? toCounted({ consents: [] })
      if (url === `${VERSION}/banks`) return toAnswer({ banks: BANKS.map((id) => ({ id, full_name: `Bank ${id}` })) })
      if (url !== `${VERSION}/my/accounts`) return null
      const jwt = headers['consent-jwt']
      return jwt === undefined ? ACCOUNTS : accountsOf(String(jwt))
    }
    if (url === '/my/logins/direct') return toAnswer({ token: 'a.login.token' }, 201)
    if (url.endsWith('/my/consents/SMS')) return keep(login, createConsent(body))
    const held = consentsOf(login).get(/\/consents\/([^/]+)\/challenge$/.exec(url)?.[1] ?? '')
    return held === undefined ? null : keep(login, { ...held, status: 'ACCEPTED' })
  }
}
