import { createLocalJWKSet } from 'jose'
import type { Clock } from '../domain/clock.ts'
import type {
  StatementKey,
  StatementKeyEndorsement,
  StatementKeyReads,
  UsedStatementKey,
} from '../domain/statement-key.ts'
import type { RootKeys } from './root-key.ts'
import { type EndorsedKey, isSameKey, publicHalfOf, readEndorsement, toPublicJwk } from './statement-endorsement.ts'

/** So far ahead the use of a key is noted, before it signs anything: at most so late its end is told. */
export const NOTED_AHEAD_MS = 10 * 60_000

/** SIGNS is first. RETIRED is no longer configured. UNENDORSED: no configured key vouches for it. */
export interface StatementKeyStatus {
  readonly keyId: string
  readonly publicKey: string
  readonly state: 'SIGNS' | 'UNUSED' | 'ENDORSED' | 'UNENDORSED' | 'RETIRED' | 'REVOKED'
  readonly usedUntil: Date | null
}

export interface Believed {
  readonly used: readonly UsedStatementKey[]
  readonly endorsements: readonly StatementKeyEndorsement[]
  /** By the first key alone. */
  readonly own: readonly EndorsedKey[]
  /** One for each key. */
  readonly keys: readonly (EndorsedKey & { readonly endorsement: string })[]
}

/** What is wrong with the keys that have signed; none where all is well. */
export interface StatementKeyDoubts {
  /** Have signed, are not configured, and no configured key vouches for them: what they signed verifies nowhere. */
  readonly lost: readonly UsedStatementKey[]
  /** The first key has yet to vouch for them: without the others that are configured, they would be lost. */
  readonly unsaid: readonly EndorsedKey[]
  /** Of a configured key and of another that has signed; null where each has its own. No gateway starts with it. */
  readonly sharedId: string | null
}

/** Whom the configured keys vouch for. Reads, and writes nothing. */
export interface StatementTrust {
  /** The public halves, in the order of the configuration. */
  readonly ring: readonly StatementKey[]
  believe(): Promise<Believed>
  isConfigured(key: StatementKey): boolean
  /** What the first key should say. */
  toSay(believed: Believed): readonly EndorsedKey[]
  isSaid(own: readonly EndorsedKey[], wanted: EndorsedKey): boolean
  doubtsOf(believed: Believed): StatementKeyDoubts
  status(): Promise<readonly StatementKeyStatus[]>
}

type Said = EndorsedKey & { readonly endorserId: string; readonly endorsement: string }

const earlier = (one: Date | null, other: Date | null): Date | null =>
  one === null || (other !== null && other < one) ? other : one

/** One revocation outweighs whatever else is said; the first key's own words are shown where it has any. */
const merge = (said: readonly Said[], currentId: string): Believed['keys'] =>
  [...Map.groupBy(said, ({ id, publicKey }) => `${publicKey} ${id}`).values()].flatMap((group) => {
    const shown = group.find(({ endorserId }) => endorserId === currentId) ?? group[0]
    if (shown === undefined) return []
    const usedUntil = new Date(Math.max(...group.map((one) => one.usedUntil.getTime())))
    return { ...shown, usedUntil, revokedAt: group.map((one) => one.revokedAt).reduce(earlier, null) }
  })

export const createStatementTrust = (reads: StatementKeyReads, roots: RootKeys, clock: Clock): StatementTrust => {
  const [current] = roots
  const ring = roots.map(publicHalfOf)
  const [signing] = ring
  const endorsers = createLocalJWKSet({ keys: ring.map(toPublicJwk) })

  const isConfigured = (key: StatementKey): boolean => ring.some((one) => isSameKey(one, key))

  const believe = async (): Promise<Believed> => {
    const [used, endorsements] = await Promise.all([reads.used(), reads.endorsements()])
    const read = await Promise.all(
      endorsements.map(async (one): Promise<Said | null> => {
        const said = await readEndorsement(one.statement, endorsers)
        // What is signed counts, wherever it lies.
        return said === null ? null : { ...said, endorsement: one.statement }
      }),
    )
    const said = read.filter((one) => one !== null && !(signing !== undefined && isSameKey(one, signing))) as Said[]
    const own = said.filter(({ endorserId }) => endorserId === current.id)
    const withdrawn = new Set(own.flatMap((one) => (one.revokedAt !== null && isConfigured(one) ? [one.id] : [])))
    const trusted = said.filter(({ endorserId }) => !withdrawn.has(endorserId))
    return { used, endorsements, own, keys: merge(trusted, current.id) }
  }

  /** Of a key that is configured: what was noted, but for a note that no process can have made. */
  const lastUse = ({ until }: UsedStatementKey): Date =>
    new Date(Math.min(until.getTime(), clock.now().getTime() + NOTED_AHEAD_MS))

  const toSay: StatementTrust['toSay'] = ({ used, keys }) => {
    const others = used.filter((one) => isConfigured(one) && one.id !== current.id)
    const fresh = others.map((one): EndorsedKey => {
      const known = keys.find((key) => isSameKey(key, one))
      const usedUntil = new Date(Math.max(lastUse(one).getTime(), known?.usedUntil.getTime() ?? 0))
      return { id: one.id, publicKey: one.publicKey, usedUntil, revokedAt: known?.revokedAt ?? null }
    })
    return [...fresh, ...keys.filter((key) => !others.some((one) => isSameKey(one, key)))]
  }

  const isSaid: StatementTrust['isSaid'] = (own, wanted) =>
    own.some(
      (one) =>
        isSameKey(one, wanted) &&
        one.usedUntil.getTime() >= wanted.usedUntil.getTime() &&
        one.revokedAt?.getTime() === wanted.revokedAt?.getTime(),
    )

  const doubtsOf: StatementTrust['doubtsOf'] = (believed) => {
    const { used, keys, own } = believed
    const shared = keys.find((key) => ring.some((one) => one.id === key.id && one.publicKey !== key.publicKey))
    return {
      lost: used.filter((one) => !isConfigured(one) && !keys.some((key) => isSameKey(key, one))),
      unsaid: toSay(believed).filter((key) => !isSaid(own, key)),
      sharedId: shared?.id ?? null,
    }
  }

  return {
    ring,
    believe,
    isConfigured,
    toSay,
    isSaid,
    doubtsOf,

    status: async () => {
      const believed = await believe()
      const { used, keys, own } = believed
      const wanted = toSay(believed)
      const stateOf = (key: StatementKey): StatementKeyStatus['state'] => {
        const known = keys.find((one) => isSameKey(one, key))
        if (known?.revokedAt != null) return 'REVOKED'
        if (!isConfigured(key)) return known === undefined ? 'UNENDORSED' : 'RETIRED'
        if (key.id === current.id) return 'SIGNS'
        const say = wanted.find((one) => isSameKey(one, key))
        if (say === undefined) return 'UNUSED'
        return isSaid(own, say) ? 'ENDORSED' : 'UNENDORSED'
      }
      const others = [...keys, ...used].filter((key) => !isConfigured(key))
      const distinct = others.filter((key, index) => others.findIndex((one) => isSameKey(one, key)) === index)
      return [...ring, ...distinct].map((key) => {
        const state = stateOf(key)
        const until =
          keys.find((one) => isSameKey(one, key))?.usedUntil ?? used.find((one) => isSameKey(one, key))?.until
        return { keyId: key.id, publicKey: key.publicKey, state, usedUntil: state === 'SIGNS' ? null : (until ?? null) }
      })
    },
  }
}
