import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ApiClient } from '../../domain/api-client.ts'
import type { ReturnToInput } from './input.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** What a URL parser drops or reads as something else, so that the text would not say where it leads. */
const MISLEADING = /[\p{Cc}\p{Zs}\\]/u
const USERINFO = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*@/i

/** Everything but the query, which is the client's own. Of an app's own scheme too, which may have no host. */
const place = (url: URL): string => {
  const bare = new URL(url)
  bare.search = ''
  bare.hash = ''
  return bare.href
}

const parse = (text: string, member: string): URL => {
  const path = ['input', 'returnTo', member] as const
  if (MISLEADING.test(text)) {
    throw invalidInput('A return address holds no spaces, control characters and backslashes.', ...path)
  }
  const url = URL.parse(text)
  if (url === null) throw invalidInput('A return address is an absolute URL.', ...path)
  if (USERINFO.test(text)) throw invalidInput('A return address holds no user name or password.', ...path)
  if (text.includes('#')) throw invalidInput('A return address has no fragment.', ...path)
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    throw invalidInput('A return address uses https; http only on loopback.', ...path)
  }
  return url
}

/**
 * The person is only ever sent to an address that the client registered, compared after WHATWG parsing.
 *
 * @param ownAddress the gateway's own, for flows in a popup or frame
 * @returns the addresses as a browser reads them
 * @throws GatewayError INVALID_INPUT or NOT_ALLOWED
 */
export const checkReturnTo = (client: ApiClient, returnTo: ReturnToInput, ownAddress: string): ReturnToInput => {
  const addresses = [...client.returnTo, ownAddress]
  const registered = new Set(addresses.flatMap((address) => URL.parse(address) ?? []).map(place))
  const check = (address: string, member: keyof ReturnToInput): string => {
    const url = parse(address, member)
    if (registered.has(place(url))) return url.href
    throw new GatewayError('NOT_ALLOWED', {
      message:
        'This return address is not registered for the API client. Register it, or use one that `viewer.client.returnTo` lists.',
      path: ['input', 'returnTo', member],
    })
  }
  return {
    success: check(returnTo.success, 'success'),
    cancel: returnTo.cancel === null ? null : check(returnTo.cancel, 'cancel'),
  }
}
