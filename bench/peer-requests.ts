/** What the peers are asked: by the providers' own ids, since they know no others. */
import { DatabaseSync } from 'node:sqlite'
import { obpTokenOf } from './double-answer.ts'
import type { LoadRequest } from './load.ts'
import { post } from './sides.ts'
import type { SeededUser } from './workloads.ts'

/** A consent, by what its provider calls it and its user. */
export interface ProviderRef {
  readonly id: string
  readonly user_id: string
  readonly provider: string
  readonly bank: string
  readonly consent: string
  /** Null where the provider has no users of its own. */
  readonly user: string | null
}

export type RefsOfUser = ReadonlyMap<string, readonly ProviderRef[]>

/** @param file a store of the gateway's */
export const readRefs = (file: string): RefsOfUser => {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const rows = database
      .prepare(
        `select consents.id, consents.user_id, consents.provider, institution_ref as bank, provider_consent_id as consent,
         ref as user from consents left join provider_links links
         on links.user_id = consents.user_id and links.provider = consents.provider`,
      )
      .all() as unknown as readonly ProviderRef[]
    return Map.groupBy(rows, (row) => row.user_id)
  } finally {
    database.close()
  }
}

export interface PeerQueries {
  /** One consent at Enable Banking. */
  readonly one: string
  /** One consent at each provider. */
  readonly four: string
}

const CONSENT = `id status providerStatus { raw recognized } provider { id } expiresAt
  access { permissions accountIds validFrom validUntil }`
const FOUR = '$sessionId: ID!, $endUserId: ID!, $userUuid: ID!, $bankId: ID!, $login: String!'

export const APOLLO_QUERIES: PeerQueries = {
  one: `query ($sessionId: ID!) { consent(id: $sessionId) { ${CONSENT} } }`,
  four: `query (${FOUR}) {
    consents(sessionId: $sessionId, endUserId: $endUserId, userUuid: $userUuid, bankId: $bankId, login: $login) { ${CONSENT} }
  }`,
}

const SESSION = 'enableBankingSession(sessionId: $sessionId) { status accounts access { valid_until } }'

export const HIVE_QUERIES: PeerQueries = {
  one: `query ($sessionId: String!) { ${SESSION} }`,
  four: `query (${FOUR.replaceAll('ID!', 'String!')}) {
    ${SESSION}
    fiskilConsents(end_user_id: $endUserId) {
      consents { arrangement_id active account_ids permissions created_at expires_at }
    }
    insurelyConsents(userUuid: $userUuid) { consentId status expiresAt scope { accountIds } }
    obpConsents(bankId: $bankId, directlogin: $login) { consents { consent_id jwt status } }
  }`,
}

const AUTHORIZATION = 'authorization: none'

/** Account ids of a session begin like the session. */
const expectedOf = ({ provider, consent }: ProviderRef): string =>
  provider === 'ENABLE_BANKING' ? consent.slice(0, -1) : consent

const findRefs = (refs: RefsOfUser, { id }: SeededUser): readonly ProviderRef[] => {
  const own = refs.get(id)
  if (own === undefined) throw new Error(`the store knows no consents of ${id}`)
  return own
}

export const toOneRequests = (
  refs: RefsOfUser,
  user: SeededUser,
  path: string,
  query: string,
): readonly LoadRequest[] =>
  findRefs(refs, user).map((ref) => ({
    text: post(path, AUTHORIZATION, JSON.stringify({ query, variables: { sessionId: ref.consent } })),
    expects: [expectedOf(ref), '"AUTHORIZED"'],
  }))

export const toFourRequest = (refs: RefsOfUser, user: SeededUser, path: string, query: string): LoadRequest => {
  const own = findRefs(refs, user)
  const of = (provider: string): ProviderRef => {
    const one = own.find((ref) => ref.provider === provider)
    if (one === undefined) throw new Error(`${user.id} has no consent at ${provider}`)
    return one
  }
  const variables = {
    sessionId: of('ENABLE_BANKING').consent,
    endUserId: of('FISKIL').user,
    userUuid: of('INSURELY').user,
    bankId: of('OPEN_BANK_PROJECT').bank,
    login: `token=${obpTokenOf(user.id)}`,
  }
  return {
    text: post(path, AUTHORIZATION, JSON.stringify({ query, variables })),
    expects: own.map(expectedOf),
  }
}
