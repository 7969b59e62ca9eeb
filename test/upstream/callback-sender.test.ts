import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Resolve } from '../../src/upstream/guarded-connect.ts'
import { createCallbackSender } from '../../src/upstream/callback-sender.ts'

const request = { headers: {}, body: '{}', signal: new AbortController().signal }
const REFUSED = { error: 'address not allowed' }

let connections = 0
const server = createServer((socket) => {
  connections += 1
  socket.destroy()
})
let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '::', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const resolveTo =
  (address: string): Resolve =>
  (_, __, callback) =>
    callback(null, [{ address, family: address.includes(':') ? 6 : 4 }])

describe('outside development no connection is made', () => {
  const refuse = async (url: string, resolve: Resolve = resolveTo('127.0.0.1')): Promise<void> => {
    await using sender = createCallbackSender({ guarded: true, origins: [], resolve })
    expect(await sender.send({ url, ...request })).toEqual(REFUSED)
    expect(connections).toBe(0)
  }

  test.each([
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
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::7f00:1]',
    '[fd00:ec2::254]',
  ])('to %s', (host) => refuse(`https://${host}:${port}/callback`))

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254'])(
    'to a name that is %s',
    (address) => refuse(`https://router.example:${port}/callback`, resolveTo(address)),
  )

  test('in plain text', () => refuse(`http://router.example:${port}/callback`, resolveTo('8.8.8.8')))
})

describe('where the operator names the origins', () => {
  test('they may be private, and plain', async () => {
    let calls = 0
    const router = createHttpServer((_, response) => {
      calls += 1
      response.writeHead(204).end()
    })
    await new Promise<void>((resolve) => router.listen(0, '127.0.0.1', resolve))
    const origin = `http://127.0.0.1:${(router.address() as AddressInfo).port}`
    await using sender = createCallbackSender({ guarded: true, origins: [origin] })
    expect(await sender.send({ url: `${origin}/callback/1`, ...request })).toMatchObject({ status: 204 })
    expect(calls).toBe(1)
    router.closeAllConnections()
    await new Promise((resolve) => router.close(resolve))
  })

  test.each(['http://127.0.0.1', 'https://router.example', 'http://router.example.evil'])(
    'nobody else is called, such as %s',
    async (host) => {
      await using sender = createCallbackSender({
        guarded: false,
        origins: ['http://router.example'],
        resolve: resolveTo('127.0.0.1'),
      })
      expect(await sender.send({ url: `${host}:${port}/callback`, ...request })).toEqual(REFUSED)
      expect(connections).toBe(0)
    },
  )
})
