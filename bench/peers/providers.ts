/** The providers as a peer asks them: by their own ids. */

/** One consent at each provider, by the provider's own ids. */
export interface Ids {
  readonly sessionId: string
  readonly endUserId: string
  readonly userUuid: string
  readonly bankId: string
  readonly login: string
}

/** What a peer tells of a consent. */
export interface Consent {
  readonly id: string
  readonly status: string
  readonly providerStatus: { readonly raw: string; readonly recognized: boolean }
  readonly provider: { readonly id: string }
  readonly expiresAt: string
  readonly access: {
    readonly permissions: readonly string[]
    readonly accountIds: readonly string[]
    readonly validFrom: string | null
    readonly validUntil: string
  }
}

const toConsent = (
  id: string,
  provider: string,
  raw: string,
  status: string | undefined,
  expiresAt: string | number,
  access: Partial<Consent['access']>,
): Consent => {
  const validUntil = new Date(expiresAt).toISOString()
  return {
    id,
    status: status ?? 'UNKNOWN',
    providerStatus: { raw, recognized: status !== undefined },
    provider: { id: provider },
    expiresAt: validUntil,
    access: { permissions: [], accountIds: [], validFrom: null, ...access, validUntil },
  }
}

interface Claims {
  readonly exp: number
  readonly nbf: number
  readonly views: readonly { readonly account_id: string; readonly view_id: string }[]
}

/** @throws Error unless the answer is 200 */
export type Get = <Body>(path: string, headers: Readonly<Record<string, string>>) => Promise<Body>

/** What each provider says, in the words that all of them share. */
export class Providers {
  readonly #get: Get

  constructor(get: Get) {
    this.#get = get
  }

  async enableBanking(id: string): Promise<Consent> {
    const { status, accounts, access } = await this.#get<{
      readonly status: string
      readonly accounts: readonly string[]
      readonly access: { readonly valid_until: string }
    }>(`/enable-banking/sessions/${id}`, { authorization: 'Bearer a.bench.token' })
    const known = { AUTHORIZED: 'AUTHORIZED', CLOSED: 'REVOKED' }[status]
    return toConsent(id, 'ENABLE_BANKING', status, known, access.valid_until, { accountIds: accounts })
  }

  async fiskil(endUserId: string): Promise<readonly Consent[]> {
    const { consents } = await this.#get<{
      readonly consents: readonly {
        readonly arrangement_id: string
        readonly active: boolean
        readonly account_ids: readonly string[]
        readonly permissions: readonly string[]
        readonly created_at: string
        readonly expires_at: string
      }[]
    }>(`/fiskil/v1/consent?end_user_id=${endUserId}`, {
      authorization: 'Bearer a.fiskil.token',
      'x-fiskil-version': 'v3',
    })
    return consents.map((one) =>
      toConsent(
        one.arrangement_id,
        'FISKIL',
        `active: ${one.active}`,
        one.active ? 'AUTHORIZED' : 'REVOKED',
        one.expires_at,
        { permissions: one.permissions, accountIds: one.account_ids, validFrom: one.created_at },
      ),
    )
  }

  async insurely(userUuid: string): Promise<readonly Consent[]> {
    const consents = await this.#get<
      readonly {
        readonly consentId: string
        readonly status: string
        readonly expiresAt: string
        readonly scope: { readonly accountIds: readonly string[] }
      }[]
    >(`/insurely/users/${userUuid}/consents`, {
      'authorization-token': 'a.bench.token',
      'insurely-version': '2026-04-01',
    })
    return consents.map(({ consentId, status, expiresAt, scope }) =>
      toConsent(consentId, 'INSURELY', status, status, expiresAt, { accountIds: scope.accountIds }),
    )
  }

  async openBankProject(bankId: string, login: string): Promise<readonly Consent[]> {
    const { consents } = await this.#get<{
      readonly consents: readonly { readonly consent_id: string; readonly jwt: string; readonly status: string }[]
    }>(`/open-bank-project/obp/v3.1.0/banks/${bankId}/my/consents`, { directlogin: login })
    return consents.map(({ consent_id: id, jwt, status }) => {
      const { exp, nbf, views } = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Claims
      const known = { INITIATED: 'AWAITING_AUTHORIZATION', ACCEPTED: 'AUTHORIZED' }[status]
      return toConsent(id, 'OPEN_BANK_PROJECT', status, known, exp * 1000, {
        permissions: [...new Set(views.map((view) => view.view_id))],
        accountIds: [...new Set(views.map((view) => view.account_id))],
        validFrom: new Date(nbf * 1000).toISOString(),
      })
    })
  }

  async all({ sessionId, endUserId, userUuid, bankId, login }: Ids): Promise<readonly Consent[]> {
    return (
      await Promise.all([
        this.enableBanking(sessionId),
        this.fiskil(endUserId),
        this.insurely(userUuid),
        this.openBankProject(bankId, login),
      ])
    ).flat()
  }
}
