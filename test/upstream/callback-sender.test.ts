import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Resolve } from '../../src/upstream/guarded-connect.ts'
import { createCallbackSender } from '../../src/upstream/callback-sender.ts'
import { type Inside, INSIDE_ADDRESSES, INSIDE_HOSTS, resolveTo, startInside } from './inside.ts'

const request = { headers: {}, body: '{}', signal: new AbortController().signal }
const REFUSED = { error: 'address not allowed' }

let inside: Inside
beforeAll(async () => {
  inside = await startInside()
})
afterAll(() => inside[Symbol.asyncDispose]())

describe('outside development no connection is made', () => {
  const refuse = async (url: string, resolve: Resolve = resolveTo('127.0.0.1')): Promise<void> => {
    await using sender = createCallbackSender({ guarded: true, origins: [], resolve })
    expect(await sender.send({ url, ...request })).toEqual(REFUSED)
    expect(inside.connections()).toBe(0)
  }

  test.each(INSIDE_HOSTS)('to %s', (host) => refuse(`https://${host}:${inside.port}/callback`))

  test.each(INSIDE_ADDRESSES)('to a name that is %s', (address) =>
    refuse(`https://router.example:${inside.port}/callback`, resolveTo(address)),
  )

  test('in plain text', () => refuse(`http://router.example:${inside.port}/callback`, resolveTo('8.8.8.8')))
})

describe('where the operator names the origins', () => {
  test('they may be private, and plain', async () => {
    let calls = 0
    const router = createServer((_, response) => {
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
      expect(await sender.send({ url: `${host}:${inside.port}/callback`, ...request })).toEqual(REFUSED)
      expect(inside.connections()).toBe(0)
    },
  )
})
