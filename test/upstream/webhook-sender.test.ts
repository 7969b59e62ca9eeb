import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Resolve } from '../../src/upstream/guarded-connect.ts'
import { isSpecialAddress } from '../../src/upstream/special-addresses.ts'
import { createWebhookSender } from '../../src/upstream/webhook-sender.ts'
import { type Inside, INSIDE_ADDRESSES, INSIDE_HOSTS, resolveTo, startInside } from './inside.ts'

const never = new AbortController().signal

const SPECIAL = [
  ['0.0.0.0', 'this host'],
  ['10.1.2.3', 'private'],
  ['100.64.0.1', 'of a carrier'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['168.63.129.16', 'a cloud'],
  ['169.254.169.254', 'metadata'],
  ['172.31.255.255', 'private'],
  ['192.168.0.1', 'private'],
  ['198.18.0.1', 'benchmarks'],
  ['224.0.0.1', 'multicast'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['::127.0.0.1', 'compatible'],
  ['::ffff:127.0.0.1', 'mapped'],
  ['::ffff:7f00:1', 'mapped'],
  ['::ffff:8.8.8.8', 'mapped'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b:1::a00:1', 'NAT64 of one network'],
  ['2001::1', 'Teredo'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4'],
  ['fc00::1', 'private'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link-local'],
  ['fe80::1%eth0', 'link-local'],
  ['ff02::1', 'multicast'],
  ['localhost', 'no address'],
  ['', 'nothing'],
] as const

test.each(SPECIAL)('%s is special: %s', (address) => {
  expect(isSpecialAddress(address)).toBe(true)
})

test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '192.0.1.1', '2606:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => {
    expect(isSpecialAddress(address)).toBe(false)
  },
)

describe('the guard', () => {
  let inside: Inside
  beforeAll(async () => {
    inside = await startInside()
  })
  afterAll(() => inside[Symbol.asyncDispose]())

  const refusedBy = async (url: string, resolve: Resolve = resolveTo('127.0.0.1')): Promise<void> => {
    await using sender = createWebhookSender({ guarded: true, resolve })
    expect(await sender.permits(url)).toBe(false)
    expect(await sender.send({ url, headers: {}, body: '{}', signal: never })).toEqual({ error: 'address not allowed' })
    expect(inside.connections()).toBe(0)
  }

  test.each(INSIDE_HOSTS)('never connects to %s', (host) => refusedBy(`https://${host}:${inside.port}/`))

  test.each(INSIDE_ADDRESSES)('never connects to a name that is %s', (address) =>
    refusedBy(`https://app.example:${inside.port}/`, resolveTo(address)),
  )

  test('takes no plain http, wherever to', () => refusedBy(`http://app.example:${inside.port}/`, resolveTo('8.8.8.8')))

  test('looks at what a name is when it connects, not when it was registered', async () => {
    const answers = [['8.8.8.8'], ['127.0.0.1']]
    await using sender = createWebhookSender({
      guarded: true,
      resolve: (...given) => resolveTo(...(answers.shift() ?? []))(...given),
    })
    const url = `https://app.example:${inside.port}/`
    expect(await sender.permits(url)).toBe(true)
    expect(await sender.send({ url, headers: {}, body: '{}', signal: never })).toEqual({ error: 'address not allowed' })
    expect(inside.connections()).toBe(0)
  })

  test('the same server is reached without it', async () => {
    await using sender = createWebhookSender({ guarded: false })
    const url = `http://127.0.0.1:${inside.port}/`
    expect(await sender.permits(url)).toBe(true)
    expect(await sender.send({ url, headers: {}, body: '{}', signal: never })).toEqual({ error: 'connection reset' })
    expect(inside.connections()).toBe(1)
  })
})

describe('an answer', () => {
  let server: Server
  let origin = ''
  let followed = 0
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/huge') return void response.writeHead(200).write(Buffer.alloc(1_000_000))
      if (request.url === '/slow') return void response.writeHead(200).write('{')
      if (request.url === '/moved') return void response.writeHead(307, { location: '/target' }).end()
      if (request.url === '/target') followed += 1
      if (request.url === '/busy') return void response.writeHead(429, { 'retry-after': '120' }).end()
      if (request.url === '/hang') return
      if (request.url === '/garbage') return void request.socket.end('SSH-2.0-OpenSSH\r\n')
      response.writeHead(204).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test.each([
    ['/', { status: 204, waitMs: null }],
    ['/huge', { status: 200, waitMs: null }],
    ['/slow', { status: 200, waitMs: null }],
    ['/moved', { status: 307, waitMs: null }],
    ['/busy', { status: 429, waitMs: 120_000 }],
    ['/hang', { error: 'no answer within 20 seconds' }],
    ['/garbage', { error: 'not an HTTP answer' }],
  ])('of %s', async (path, expected) => {
    await using sender = createWebhookSender({ guarded: false, timeoutMs: 1_000 })
    expect(await sender.send({ url: `${origin}${path}`, headers: {}, body: '{}', signal: never })).toEqual(expected)
    expect(followed).toBe(0)
  })

  test('that nobody waits for any more', async () => {
    await using sender = createWebhookSender({ guarded: false })
    const stop = new AbortController()
    const sent = sender.send({ url: `${origin}/hang`, headers: {}, body: '{}', signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(sent).rejects.toThrow('stopped')
    await expect(sender.send({ url: `${origin}/`, headers: {}, body: '{}', signal: stop.signal })).rejects.toThrow(
      'stopped',
    )
  })

  test('from where nobody listens, and where nobody speaks TLS', async () => {
    await using sender = createWebhookSender({ guarded: false })
    const send = (url: string) => sender.send({ url, headers: {}, body: '{}', signal: never })
    expect(await send('http://127.0.0.1:1/')).toEqual({ error: 'connection refused' })
    expect(await send(origin.replace('http:', 'https:'))).toEqual({ error: 'TLS failed' })
  })
})
