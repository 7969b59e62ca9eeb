import { expect, it } from 'vitest'
import { createRemoteAddress } from '../../src/server/remote-address.ts'

const PROXIES = ['10.0.0.0/8', '::1', '2001:db8::/32']

it.each([
  // Nobody is trusted: whoever writes the header is not believed.
  { trusted: [], socket: '10.0.0.1', forwarded: '192.0.2.1', expected: '10.0.0.1' },
  { trusted: PROXIES, socket: '198.51.100.1', forwarded: '192.0.2.1', expected: '198.51.100.1' },
  { trusted: PROXIES, socket: '10.0.0.1', forwarded: '192.0.2.1', expected: '192.0.2.1' },
  { trusted: PROXIES, socket: '::ffff:10.0.0.1', forwarded: '192.0.2.1', expected: '192.0.2.1' },
  // A chain of ours: the last that is none. What stands before it is the caller's own word.
  { trusted: PROXIES, socket: '::1', forwarded: '203.0.113.9, 192.0.2.1, 10.1.1.1', expected: '192.0.2.1' },
  { trusted: PROXIES, socket: '10.0.0.1', forwarded: undefined, expected: '10.0.0.1' },
  { trusted: PROXIES, socket: '10.0.0.1', forwarded: '192.0.2.1, unknown', expected: '10.0.0.1' },
  { trusted: PROXIES, socket: '10.0.0.1', forwarded: '2001:db9::5', expected: '2001:db9::5' },
  { trusted: PROXIES, socket: undefined, forwarded: '192.0.2.1', expected: null },
])('$socket for $forwarded is $expected', ({ trusted, socket: remoteAddress, forwarded, expected }) => {
  const request = { headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }
  expect(createRemoteAddress(trusted)(request as never)).toBe(expected)
})
