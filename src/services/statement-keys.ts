import { setTimeout as pause } from 'node:timers/promises'
import { createLocalJWKSet, type JWK } from 'jose'
import { GatewayError } from '../domain/errors.ts'
import type { StatementKey, StatementKeyEndorsement, UsedStatementKey } from '../domain/statement-key.ts'
import type { Store, Write } from '../domain/store.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import type { ServiceContext } from './context.ts'
import type { RootKeys } from './root-key.ts'
import {
  endorse,
  type EndorsedKey,
  isSameKey,
  publicHalfOf,
  readEndorsement,
  toPublicJwk,
} from './statement-endorsement.ts'

/** So far ahead the use of a key is noted, before it signs anything: at most so late its end is told. */
export const NOTED_AHEAD_MS = 10 * 60_000
/** A process that still signs with the old key while this one has the new: what it notes is endorsed this soon. */
const TICK_MS = 60_000
/** Whoever asks for the published keys again and again has them from memory, real time. */
const SHOWN_FOR_MS = 5_000

export type RetiredJwk = JWK & { readonly usedUntil: string; readonly endorsement: string }

/** A JWK Set (RFC 7517): what a plain reader of one takes is what is trusted. */
export interface PublishedStatementKeys {
  readonly keys: readonly (JWK | RetiredJwk)[]
  readonly revoked: readonly (RetiredJwk & { readonly revokedAt: string })[]
}

/** SIGNS is first. RETIRED is no longer configured. UNENDORSED: no configured key vouches for it. */
export interface StatementKeyStatus {
  readonly keyId: string
  readonly publicKey: string
  readonly state: 'SIGNS' | 'UNUSED' | 'ENDORSED' | 'UNENDORSED' | 'RETIRED' | 'REVOKED'
  readonly usedUntil: Date | null
}

export interface StatementKeys {
  /** Notes the first key, endorses the others, and goes on to. @throws GatewayError INTERNAL where an id is used again */
  start(): Promise<void>
  stop(): Promise<void>
  /** Resolves once the store knows that the first key signs now. */
  use(): Promise<void>
  /** Endorses what the first key can vouch for: configured keys that have signed, and whatever those vouch for. */
  endorseAll(): Promise<void>
  published(): Promise<PublishedStatementKeys>
  status(): Promise<readonly StatementKeyStatus[]>
  /** Whatever it has signed is trusted no more. @throws GatewayError INVALID_INPUT where there is no such key, or it signs */
  revoke(keyId: string): Promise<void>
}

interface Believed {
  readonly used: readonly UsedStatementKey[]
  readonly endorsements: readonly StatementKeyEndorsement[]
  /** By the first key alone. */
  readonly own: readonly EndorsedKey[]
  /** One for each key. */
  readonly keys: readonly (EndorsedKey & { readonly endorsement: string })[]
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

export const createStatementKeys = (
  store: Store,
  roots: RootKeys,
  { clock, report }: Pick<ServiceContext, 'clock' | 'report'>,
): StatementKeys => {
  const [current] = roots
  const ring = roots.map(publicHalfOf)
  const [signing] = ring
  const endorsers = createLocalJWKSet({ keys: ring.map(toPublicJwk) })
  const stopping = new AbortController()
  let loop: Promise<void> = Promise.resolve()
  let notedUntil = 0
  let noting: Promise<void> | null = null
  let shown: { readonly until: number; readonly keys: Promise<PublishedStatementKeys> } | null = null

  const isConfigured = (key: StatementKey): boolean => ring.some((one) => isSameKey(one, key))

  const believe = async (): Promise<Believed> => {
    const [used, endorsements] = await Promise.all([store.statementKeys.used(), store.statementKeys.endorsements()])
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

  /** What the first key should say. */
  const toSay = ({ used, keys }: Believed): readonly EndorsedKey[] => {
    const others = used.filter((one) => isConfigured(one) && one.id !== current.id)
    const fresh = others.map((one): EndorsedKey => {
      const known = keys.find((key) => isSameKey(key, one))
      const usedUntil = new Date(Math.max(lastUse(one).getTime(), known?.usedUntil.getTime() ?? 0))
      return { id: one.id, publicKey: one.publicKey, usedUntil, revokedAt: known?.revokedAt ?? null }
    })
    return [...fresh, ...keys.filter((key) => !others.some((one) => isSameKey(one, key)))]
  }

  const isSaid = (own: readonly EndorsedKey[], wanted: EndorsedKey): boolean =>
    own.some(
      (one) =>
        isSameKey(one, wanted) &&
        one.usedUntil.getTime() >= wanted.usedUntil.getTime() &&
        one.revokedAt?.getTime() === wanted.revokedAt?.getTime(),
    )

  const toWrite = async (
    kind: 'statementKey.endorse' | 'statementKey.revoke',
    { endorsements }: Believed,
    key: EndorsedKey,
  ): Promise<Write> => {
    const { id, publicKey } = key
    const before = endorsements.find((one) => isSameKey(one, key) && one.endorserId === current.id)
    const endorsement = { id, publicKey, endorserId: current.id, statement: await endorse(current, key) }
    return { kind, endorsement, replaces: before?.statement ?? null }
  }

  const endorseAll = (): Promise<void> =>
    untilCommitted(async () => {
      const believed = await believe()
      const missing = toSay(believed).filter((key) => !isSaid(believed.own, key))
      const writes = missing.map((key) => toWrite('statementKey.endorse', believed, key))
      await commitOrThrow(store, await Promise.all(writes))
    })

  const note = async (): Promise<void> => {
    const until = new Date(clock.now().getTime() + NOTED_AHEAD_MS)
    if (signing === undefined) return
    await commitOrThrow(store, [{ kind: 'statementKey.use', key: { ...signing, until } }])
    notedUntil = until.getTime()
  }

  const use = (): Promise<void> => {
    if (clock.now().getTime() < notedUntil) return Promise.resolve()
    noting ??= note().finally(() => {
      noting = null
    })
    return noting
  }

  /** A receipt names its key by its id: of two keys with one id, nobody could tell which is meant. */
  const refuseUsedIds = ({ keys }: Believed): void => {
    const taken = keys.find((key) => ring.some((one) => one.id === key.id && one.publicKey !== key.publicKey))
    if (taken === undefined) return
    throw new GatewayError('INTERNAL', {
      message: `Key "${taken.id}" of CONSENTGRAPH_ENCRYPTION_KEYS has the id of an earlier key that signed receipts. Give it an id that was never used.`,
      retryable: false,
    })
  }

  const tellUnendorsed = ({ used, keys }: Believed): void => {
    const lost = used.filter((one) => !isConfigured(one) && !keys.some((key) => isSameKey(key, one)))
    for (const { id } of lost) report('statement_keys.unendorsed', { what: id })
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Called off, the wait is over.
      await pause(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (!stopping.signal.aborted)
        await endorseAll().catch((error: unknown) => report('statement_keys.endorse.failed', {}, error))
    }
  }

  const toRetired = ({ usedUntil, endorsement, ...key }: Believed['keys'][number]): RetiredJwk => ({
    ...toPublicJwk(key),
    usedUntil: usedUntil.toISOString(),
    endorsement,
  })

  const publish = async (): Promise<PublishedStatementKeys> => {
    const { keys } = await believe()
    const revoked = keys.filter(({ revokedAt }) => revokedAt !== null)
    const configured = ring.filter((one) => !revoked.some((key) => isSameKey(key, one)))
    const retired = keys.filter((key) => key.revokedAt === null && !isConfigured(key))
    return {
      keys: [...configured.map(toPublicJwk), ...retired.map(toRetired)],
      revoked: revoked.map((key) => ({ ...toRetired(key), revokedAt: key.revokedAt?.toISOString() ?? '' })),
    }
  }

  return {
    use,
    endorseAll,

    start: async () => {
      const believed = await believe()
      refuseUsedIds(believed)
      await use()
      await endorseAll()
      tellUnendorsed(believed)
      if (roots.length > 1) loop = run()
    },

    stop: () => {
      stopping.abort()
      return loop
    },

    published: async () => {
      const now = performance.now()
      if (shown === null || shown.until < now) shown = { until: now + SHOWN_FOR_MS, keys: publish() }
      const asked = shown
      try {
        return await asked.keys
      } catch (error) {
        if (shown === asked) shown = null
        throw error
      }
    },

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

    revoke: (keyId) =>
      untilCommitted(async () => {
        if (keyId === current.id) {
          throw new GatewayError('INVALID_INPUT', {
            message: `Key "${keyId}" signs now. Put another key first and restart every gateway, then revoke it.`,
          })
        }
        const now = clock.now()
        const believed = await believe()
        const unused = ring.filter(({ id }) => id === keyId).map((key) => ({ ...key, usedUntil: now, revokedAt: null }))
        const known = toSay(believed).filter(({ id }) => id === keyId)
        const keys = known.length > 0 ? known : unused
        if (keys.length === 0) {
          throw new GatewayError('INVALID_INPUT', {
            message: `No key "${keyId}" is published. \`consentgraph keys status\` names them.`,
          })
        }
        const trusted = keys.filter(({ revokedAt }) => revokedAt === null)
        const writes = trusted.map((key) => toWrite('statementKey.revoke', believed, { ...key, revokedAt: now }))
        await commitOrThrow(store, await Promise.all(writes))
      }),
  }
}
