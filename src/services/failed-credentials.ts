import { hash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { GatewayError } from '../domain/errors.ts'
import { createRecentlyUsed } from '../domain/recently-used.ts'

/** Rejects with RATE_LIMITED where an address has shown too many wrong credentials. */
export type GuardCredentials = <Viewer>(
  credential: { readonly authorization: string | null; readonly remoteAddress: string | null },
  authenticate: () => Promise<Viewer>,
) => Promise<Viewer>

export interface FailedCredentialsOptions {
  /** Wrong credentials that one address may show per minute: so many at once, and filled again evenly. 0: not limited. */
  readonly perMinute: number
  /** Addresses, and good credentials, remembered in each of two generations. Default 10,000. */
  readonly remembered?: number
}

const MINUTE_MS = 60_000

/** A home has a whole /64 of IPv6, so that is what counts as one address. */
const subjectOf = (address: string | null): string => {
  if (address === null || !isIPv6(address)) return address ?? ''
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const missing = address.includes('::') ? 8 - groups.length - (tail === '' ? 0 : tail.split(':').length) : 0
  return [...groups, ...Array<string>(Math.max(0, missing)).fill('0'), ...tail.split(':')].slice(0, 4).join(':')
}

/**
 * Guessing costs the store no more than this many reads for each address. A credential that was good before is looked up
 * in any case: nobody behind the same address can lock its owner out.
 */
export const createFailedCredentials = ({
  perMinute,
  remembered = 10_000,
}: FailedCredentialsOptions): GuardCredentials => {
  /** When the address has all its attempts again. Monotonic milliseconds. */
  const fullAt = createRecentlyUsed<number>(remembered)
  const good = createRecentlyUsed<true>(remembered)
  const costMs = MINUTE_MS / perMinute

  return async ({ authorization, remoteAddress }, authenticate) => {
    if (perMinute === 0 || authorization === null || authorization === '') return await authenticate()
    const subject = subjectOf(remoteAddress)
    const fingerprint = hash('sha256', authorization)
    const waitMs = (fullAt.get(subject) ?? 0) + costMs - MINUTE_MS - performance.now()
    if (waitMs > 0 && good.get(fingerprint) === undefined) {
      const message = 'Too many wrong credentials from this address.'
      throw new GatewayError('RATE_LIMITED', { message, retryAt: new Date(Date.now() + waitMs) })
    }
    try {
      const viewer = await authenticate()
      good.set(fingerprint, true)
      return viewer
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'UNAUTHENTICATED') {
        const now = performance.now()
        fullAt.set(subject, Math.max(now, fullAt.get(subject) ?? 0) + costMs)
      }
      throw error
    }
  }
}
