import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { ReadDocument } from '../../domain/document.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Report } from '../context.ts'
import { type Algorithm, nameOf, parseVerificationKeys, type VerificationKeys } from './verification-key.ts'

export interface IssuerKeys {
  /**
   * Null where the issuer has no such key.
   *
   * @throws GatewayError ISSUER_UNAVAILABLE where that cannot be found out now
   */
  find(algorithm: Algorithm, keyId: string): Promise<KeyObject | null>
}

/** The keys are asked for no more often than this, however many unknown ones tokens name. */
const COOLDOWN_MS = 30_000
/** After this they are asked for again, so that one that the issuer took out is not taken for long. */
const FRESH_MS = 600_000
/** How long they serve while the issuer cannot be asked. */
const KEPT_MS = 86_400_000

/** OpenID Connect Discovery 1.0, section 3. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) })

const discoveryAddress = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`

/** An issuer on loopback may have its keys there; any other's must come encrypted. */
const mayServeKeys = (issuer: string, address: string): boolean =>
  address.startsWith('https:') || issuer.startsWith('http:')

export const readIssuerKeys = async (issuer: string, read: ReadDocument): Promise<VerificationKeys> => {
  const discovery = Discovery.parse(await read(discoveryAddress(issuer)))
  if (discovery.issuer !== issuer) throw new Error('The discovery document is of another issuer.')
  if (!mayServeKeys(issuer, discovery.jwks_uri)) throw new Error('The keys of the issuer would come unencrypted.')
  return parseVerificationKeys(await read(discovery.jwks_uri))
}

export interface IssuerKeysOptions {
  readonly issuer: string
  readonly read: ReadDocument
  readonly report: Report
  /** Default: the machine's clock, in milliseconds. */
  readonly now?: () => number
}

export const createIssuerKeys = ({ issuer, read, report, now = Date.now }: IssuerKeysOptions): IssuerKeys => {
  let known: { readonly keys: VerificationKeys; readonly at: number } | null = null
  let lastTry: { readonly at: number; readonly failed: boolean } | null = null
  let running: Promise<void> | null = null

  const refresh = async (): Promise<void> => {
    try {
      known = { keys: await readIssuerKeys(issuer, read), at: now() }
      lastTry = { at: now(), failed: false }
    } catch (error) {
      lastTry = { at: now(), failed: true }
      report('oidc.keys.failed', {}, error)
    } finally {
      running = null
    }
  }

  /** Never rejects. */
  const refreshUnlessRecent = (): Promise<void> => {
    if (running === null && lastTry !== null && now() - lastTry.at < COOLDOWN_MS) return Promise.resolve()
    running ??= refresh()
    return running
  }

  const kept = (): VerificationKeys | null => (known !== null && now() - known.at < KEPT_MS ? known.keys : null)

  return {
    find: async (algorithm, keyId) => {
      const name = nameOf(algorithm, keyId)
      const found = kept()?.get(name)
      if (found !== undefined) {
        // Nobody waits for it: what is known serves until something newer is.
        if (known !== null && now() - known.at > FRESH_MS) void refreshUnlessRecent()
        return found
      }
      await refreshUnlessRecent()
      const key = kept()?.get(name)
      if (key !== undefined) return key
      if (lastTry?.failed === false) return null
      throw new GatewayError('ISSUER_UNAVAILABLE', { retryAt: new Date((lastTry?.at ?? now()) + COOLDOWN_MS) })
    },
  }
}
