import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ApiClient } from '../../domain/api-client.ts'
import { parseReturnAddress } from '../../domain/return-address.ts'
import type { ReturnToInput } from './input.ts'

/** Everything but the query, which is the client's own. Of an app's own scheme too, which may have no host. */
const place = (url: URL): string => {
  const bare = new URL(url)
  bare.search = ''
  bare.hash = ''
  return bare.href
}

const parse = (text: string, member: string): URL => {
  const parsed = parseReturnAddress(text)
  if ('fault' in parsed) throw invalidInput(parsed.fault, 'input', 'returnTo', member)
  return parsed.url
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
