import { setTimeout as pause } from 'node:timers/promises'
import type { JWK } from 'jose'
import { GatewayError } from '../domain/errors.ts'
import type { Store, Write } from '../domain/store.ts'
import { commitOrThrow, untilCommitted } from './commit.ts'
import type { ServiceContext } from './context.ts'
import type { RootKeys } from './root-key.ts'
import { endorse, type EndorsedKey, isSameKey, toPublicJwk } from './statement-endorsement.ts'
import { type Believed, createStatementTrust, NOTED_AHEAD_MS, type StatementKeyStatus } from './statement-trust.ts'

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

export const createStatementKeys = (
  store: Store,
  roots: RootKeys,
  { clock, report }: Pick<ServiceContext, 'clock' | 'report'>,
): StatementKeys => {
  const [current] = roots
  const { ring, believe, isConfigured, toSay, doubtsOf, status } = createStatementTrust(
    store.statementKeys,
    roots,
    clock,
  )
  const [signing] = ring
  const stopping = new AbortController()
  let loop: Promise<void> = Promise.resolve()
  let notedUntil = 0
  let noting: Promise<void> | null = null
  let shown: { readonly until: number; readonly keys: Promise<PublishedStatementKeys> } | null = null

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
      const writes = doubtsOf(believed).unsaid.map((key) => toWrite('statementKey.endorse', believed, key))
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
  const refuseUsedIds = (believed: Believed): void => {
    const { sharedId } = doubtsOf(believed)
    if (sharedId === null) return
    throw new GatewayError('INTERNAL', {
      message: `Key "${sharedId}" of CONSENTGRAPH_ENCRYPTION_KEYS has the id of an earlier key that signed receipts. Give it an id that was never used.`,
      retryable: false,
    })
  }

  const tellUnendorsed = (believed: Believed): void => {
    for (const { id } of doubtsOf(believed).lost) report('statement_keys.unendorsed', { what: id })
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

    status,

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
