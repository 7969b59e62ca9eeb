import { BlockList, isIP } from 'node:net'

/** IANA's special-purpose registries (RFC 6890 and what followed), and what can carry one of those inside. */
const SPECIAL_V4 = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by carriers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, where clouds answer with their metadata
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '168.63.129.16/32', // a cloud's own services, under a public address
] as const

/** What lies outside it is not assigned to anybody. */
const GLOBAL_V6 = '2000::/3'
const SPECIAL_V6 = [
  '2001::/23', // protocol assignments: Teredo, ORCHID and others
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
] as const

const toBlockList = (ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/')
    list.addSubnet(network, Number(prefix), family)
  }
  return list
}

const specialV4 = toBlockList(SPECIAL_V4, 'ipv4')
const specialV6 = toBlockList(SPECIAL_V6, 'ipv6')
const globalV6 = toBlockList([GLOBAL_V6], 'ipv6')

/** @param address an IP address in its plain form; anything else is special */
export const isSpecialAddress = (address: string): boolean => {
  const [plain = ''] = address.split('%')
  const family = isIP(plain)
  if (family === 4) return specialV4.check(plain, 'ipv4')
  // Outside the global range lie loopback, private, link-local, mapped and translated (NAT64) addresses, and multicast.
  return family !== 6 || !globalV6.check(plain, 'ipv6') || specialV6.check(plain, 'ipv6')
}
