import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv4 } from 'node:net'

/** Of the person's or backend's own machine; null where the connection has gone. */
export type RemoteAddress = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string | null

/** An IPv4 address that came over an IPv6 socket is written as what it is. */
const plain = (address: string): string => {
  const mapped = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIPv4(mapped) ? mapped : address
}

/**
 * Who is at the other end. A proxy says for whom it asks in `X-Forwarded-For`, and is believed if it is one of ours: the
 * address is then the last that is none. Whatever stands before that, a caller may have written itself.
 *
 * @param trustedProxies addresses and networks (`10.0.0.0/8`)
 */
export const createRemoteAddress = (trustedProxies: readonly string[]): RemoteAddress => {
  const trusted = new BlockList()
  for (const entry of trustedProxies) {
    const [network = '', prefix] = entry.split('/')
    const family = isIPv4(network) ? 'ipv4' : 'ipv6'
    if (prefix === undefined) trusted.addAddress(network, family)
    else trusted.addSubnet(network, Number(prefix), family)
  }
  const isTrusted = (address: string): boolean => trusted.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')

  return ({ headers, socket }) => {
    let address = socket.remoteAddress === undefined ? null : plain(socket.remoteAddress)
    if (trustedProxies.length === 0) return address
    const named = String(headers['x-forwarded-for'] ?? '').split(',')
    while (address !== null && isTrusted(address)) {
      const before = plain(named.pop()?.trim() ?? '')
      if (isIP(before) === 0) break
      address = before
    }
    return address
  }
}
