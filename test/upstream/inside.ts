import type { LookupAddress } from 'node:dns'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { Resolve } from '../../src/upstream/guarded-connect.ts'

/** What a guard must keep callers from: it counts who comes, and tells them nothing. */
export interface Inside extends AsyncDisposable {
  readonly port: number
  connections(): number
}

export const startInside = async (): Promise<Inside> => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '::')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}

/** Loopback, private and metadata addresses, in the ways that a URL can spell them. */
export const INSIDE_HOSTS = [
  '127.0.0.1',
  '2130706433',
  '0x7f.1',
  '0177.0.0.1',
  '0',
  '127.1',
  '10.0.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '0xa9fea9fe',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:a9fe:a9fe]',
  '[64:ff9b::7f00:1]',
  '[fd00:ec2::254]',
] as const

/** For names that lead inside. */
export const INSIDE_ADDRESSES = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254'] as const

export const resolveTo =
  (...addresses: readonly string[]): Resolve =>
  (_, __, callback) =>
    callback(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    )
