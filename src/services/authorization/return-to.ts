import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { ApiClient } from '../../domain/api-client.ts'
import type { ReturnToInput } from './input.ts'

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Scheme, host, port and path; the query is the client's own. */
const place = (url: URL): string => `${url.protocol}//${url.host}${url.pathname}`

const parse = (text: string, member: string): URL => {
  const path = ['input', 'returnTo', member] as const
  const url = URL.parse(text)
  if (url === null) throw invalidInput('A return address is an absolute URL.', ...path)
  if (url.username !== '' || url.password !== '')
    throw invalidInput('A return address holds no user name or password.', ...path)
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
 * @throws GatewayError INVALID_INPUT or NOT_ALLOWED
 */
export const checkReturnTo = (client: ApiClient, returnTo: ReturnToInput, ownAddress: string): void => {
  const addresses = [...client.returnTo, ownAddress]
  const registered = new Set(addresses.flatMap((address) => URL.parse(address) ?? []).map(place))
  for (const member of ['success', 'cancel'] as const) {
    const address = returnTo[member]
    if (address !== null && !registered.has(place(parse(address, member)))) {
      throw new GatewayError('NOT_ALLOWED', {
        message:
          'This return address is not registered for the API client. Register it, or use one that `viewer.client.returnTo` lists.',
        path: ['input', 'returnTo', member],
      })
    }
  }
}
