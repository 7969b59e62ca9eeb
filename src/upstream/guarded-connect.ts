import { lookup as resolve, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'
import { isSpecialAddress } from './special-addresses.ts'

/** Its message is fixed: it names no address. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused'
  readonly code = 'ADDRESS_REFUSED'

  constructor() {
    super('the address is private or special')
  }
}

/** Asks for all addresses of a name. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void

/** Brackets are an address's only in a URL. */
export const hostOf = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** What is connected to is what was looked at: between the two the name is not resolved again. */
const guardLookup =
  (ask: Resolve): LookupFunction =>
  (hostname, { all }, callback) =>
    ask(hostname, { all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const [first, ...others] = addresses.filter(({ address }) => !isSpecialAddress(address))
      if (first === undefined) return callback(new AddressRefused(), [])
      return all === true ? callback(null, [first, ...others]) : callback(null, first.address, first.family)
    })

export interface GuardOptions {
  readonly timeoutMs: number
  /** For tests; default: the system's. */
  readonly resolve?: Resolve
  /** For tests: an authority to trust beside Node's. PEM. */
  readonly ca?: string
}

/** Connects to public addresses only. A name is looked up once and checked there; an address in a URL is never looked up. */
export const createGuardedConnector = ({
  timeoutMs,
  resolve: ask = resolve,
  ca,
}: GuardOptions): buildConnector.connector => {
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    minVersion: 'TLSv1.2',
    lookup: guardLookup(ask),
    ...(ca !== undefined && { ca }),
  })
  return (options, callback) => {
    const host = hostOf(options.hostname)
    if (isIP(host) !== 0 && isSpecialAddress(host)) return callback(new AddressRefused(), null)
    return connect(options, callback)
  }
}
