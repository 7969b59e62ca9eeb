import { GatewayError } from '../domain/errors.ts'
import type { ClientId, UserId } from '../domain/ids.ts'
import type { Store } from '../domain/store.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { Report } from './context.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** What is counted, for whom, over which time. How many are allowed is configured. */
export const RATE_RULES = {
  clientOperations: { windowMs: MINUTE_MS, whose: 'this API client', what: 'operations per minute' },
  clientMutations: { windowMs: MINUTE_MS, whose: 'this API client', what: 'mutations per minute' },
  clientAuthorizations: {
    windowMs: MINUTE_MS,
    whose: 'this API client',
    what: 'starts, renewals, answers, resends and completions per minute',
  },
  clientTokens: { windowMs: MINUTE_MS, whose: 'this API client', what: 'user tokens per minute' },
  userOperations: { windowMs: MINUTE_MS, whose: 'this user', what: 'operations per minute' },
  userStarts: { windowMs: HOUR_MS, whose: 'this user', what: 'starts and renewals per hour' },
  userAnswers: { windowMs: HOUR_MS, whose: 'this user', what: 'answers per hour' },
  userResends: { windowMs: HOUR_MS, whose: 'this user', what: 'resends per hour' },
  userTokens: { windowMs: HOUR_MS, whose: 'this user', what: 'user tokens per hour' },
} as const satisfies Record<string, { readonly windowMs: number; readonly whose: string; readonly what: string }>

type Rule = keyof typeof RATE_RULES

/** 0: not limited. */
export type RateLimitSettings = Readonly<Record<Rule, number>>

export type UserAction = Extract<Rule, 'userStarts' | 'userAnswers' | 'userResends' | 'userTokens'>

/** Mutations that reach a bank, a phone or a person, or make a credential. */
const STRICT: Readonly<Record<string, Rule>> = {
  startAuthorization: 'clientAuthorizations',
  renewConsent: 'clientAuthorizations',
  answerChallenge: 'clientAuthorizations',
  resendChallenge: 'clientAuthorizations',
  completeAuthorization: 'clientAuthorizations',
  createUserToken: 'clientTokens',
}

/** Each rejects with RATE_LIMITED and when to come again; the store is asked for a batch at a time. */
export interface RateLimits {
  /** One query or subscription. Null: allowed, and nobody had to be asked. */
  operation(viewer: Viewer): Promise<void> | null
  /** One field of a mutation, before anything of it is done. */
  mutation(viewer: Viewer, field: string): Promise<void>
  /** Whichever credential acts for the user. Counted one by one. */
  user(user: { readonly clientId: ClientId; readonly id: UserId }, action: UserAction): Promise<void>
}

/**
 * The part of a limit that a process lets pass before it tells the store: what all processes together let pass exceeds the
 * limit by no more than this for each of them. A limit below 40 is told one by one, and held exactly.
 */
const BATCH_SHARE = 20
/** Subjects remembered in one generation; of two generations the older is forgotten. */
const REMEMBERED = 20_000
const SWEEP_EVERY_MS = 60_000
/** While there is more to sweep than one sweep takes. */
const SWEEP_AGAIN_MS = 1_000

interface Tally {
  /** Let pass and not told to the store yet. */
  untold: number
  /** What was let pass before this counts no more. Monotonic milliseconds. */
  since: number
  /** Refused without asking until then. Monotonic milliseconds. */
  refusedUntil: number
}

/** By subject, the least recently used forgotten. */
const createTallies = () => {
  let young = new Map<string, Tally>()
  let old = new Map<string, Tally>()
  return (bucket: string, now: number): Tally => {
    const known = young.get(bucket)
    if (known !== undefined) return known
    const tally = old.get(bucket) ?? { untold: 0, since: now, refusedUntil: 0 }
    if (young.size >= REMEMBERED) {
      old = young
      young = new Map()
    }
    young.set(bucket, tally)
    return tally
  }
}

export const createRateLimits = (
  { rates }: Pick<Store, 'rates'>,
  settings: RateLimitSettings,
  report: Report,
): RateLimits => {
  const tallyOf = createTallies()
  let sweepAt = performance.now() + SWEEP_EVERY_MS

  /** Nobody waits for it, and the next one finds what this one left. */
  const sweep = async (now: number): Promise<void> => {
    if (now < sweepAt) return
    sweepAt = now + SWEEP_EVERY_MS
    try {
      if (await rates.sweep()) sweepAt = performance.now() + SWEEP_AGAIN_MS
    } catch (error) {
      report('rate-limits.sweep.failed', {}, error)
    }
  }

  const refuse = (rule: Rule, waitMs: number): GatewayError => {
    const { whose, what } = RATE_RULES[rule]
    const message = `Too many requests of ${whose}: the limit is ${settings[rule]} ${what}.`
    return new GatewayError('RATE_LIMITED', { message, retryAt: new Date(Date.now() + waitMs) })
  }

  const tell = async (rule: Rule, bucket: string, tally: Tally, count: number): Promise<void> => {
    const waitMs = await rates.charge({ bucket, count, limit: settings[rule], windowMs: RATE_RULES[rule].windowMs })
    void sweep(performance.now())
    if (waitMs === 0) return
    tally.refusedUntil = performance.now() + waitMs
    // What was not taken is still owed: the next one asks again.
    tally.untold = Math.max(tally.untold, count - 1)
    throw refuse(rule, waitMs)
  }

  const take = (rule: Rule, subject: string): Promise<void> | null => {
    const limit = settings[rule]
    if (limit === 0) return null
    const now = performance.now()
    const bucket = `${rule} ${subject}`
    const tally = tallyOf(bucket, now)
    if (tally.refusedUntil > now) return Promise.reject(refuse(rule, tally.refusedUntil - now))
    const batch = Math.max(1, Math.floor(limit / BATCH_SHARE))
    if (now - tally.since > RATE_RULES[rule].windowMs) {
      tally.since = now
      tally.untold = 0
    }
    tally.untold += 1
    if (tally.untold < batch) return null
    tally.untold -= batch
    tally.since = now
    return tell(rule, bucket, tally, batch)
  }

  return {
    operation: ({ client, user }) => {
      const ofClient = take('clientOperations', client.id)
      const ofUser = user === null ? null : take('userOperations', user.id)
      if (ofClient === null) return ofUser
      return ofUser === null ? ofClient : Promise.all([ofClient, ofUser]).then(() => {})
    },
    mutation: async ({ client, user }, field) => {
      await take('clientOperations', client.id)
      if (user !== null) await take('userOperations', user.id)
      await take('clientMutations', client.id)
      const strict = STRICT[field]
      if (strict !== undefined) await take(strict, client.id)
    },
    user: async ({ id }, action) => {
      await take(action, id)
    },
  }
}
