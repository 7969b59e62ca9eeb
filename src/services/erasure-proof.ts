import type { Consent } from '../domain/consent.ts'
import type { AwaitedGrant } from '../domain/erasure.ts'
import type { Store, User } from '../domain/store.ts'
import { consentsOf } from './erasure-standing.ts'
import { type SignStatement, STATEMENT_TYPES, toText } from './statements.ts'

/** What was erased where. Null until an erasure is complete. */
export type ErasureProof = (user: User) => Promise<string | null>

/** What `erasure.ts` takes out of the store, in words that stay the same. */
const ERASED_HERE = [
  'external id',
  'links to users at providers and their credentials',
  'accounts and credentials of consents',
  'steps, return addresses and provider state of authorizations',
  'addresses in the audit trail',
] as const

const KEPT_HERE = ['ids, statuses and instants of consents and authorizations', 'events', 'audit trail'] as const

/** Looked for until `awaitedUntil`, and by nobody after it. */
const NOT_TAKEN_BACK = ['what a person approves at a bank after the end of its authorization'] as const

const toAwaited = ({ consentId, provider, until, outcome }: AwaitedGrant) => ({
  consent: consentId,
  provider,
  awaitedUntil: toText(until),
  outcome,
})

const toEnd = ({ id, provider, status, revocation }: Consent) => ({
  id,
  provider,
  status,
  revocationConfirmedAt: toText(revocation?.confirmedAt ?? null),
})

export const createErasureProofs =
  (store: Store, sign: SignStatement): ErasureProof =>
  async (user) => {
    const { erasure } = user
    if (erasure === null || erasure.completedAt === null) return null
    const claims = {
      erasure: {
        requestedAt: toText(erasure.requestedAt),
        completedAt: toText(erasure.completedAt),
        providers: erasure.providers.map(({ provider, state }) => ({ provider, state })),
        consents: (await consentsOf(store, user.id)).map(toEnd),
        authorizations: erasure.awaited.map(toAwaited),
        notTakenBack: NOT_TAKEN_BACK,
        erasedHere: ERASED_HERE,
        keptHere: KEPT_HERE,
      },
    }
    return await sign({ type: STATEMENT_TYPES.ERASURE_PROOF, subject: user.id, at: erasure.completedAt, claims })
  }
