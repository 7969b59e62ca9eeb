import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from './gateway-under-test.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** Everything that the server says to these bytes before it ends the connection. */
const talk = async (text: string): Promise<string> => {
  const socket = connect(gateway.port, '127.0.0.1').setEncoding('latin1')
  let said = ''
  socket.on('data', (chunk: string) => (said += chunk))
  socket.on('error', () => {})
  socket.write(text, 'latin1')
  await once(socket, 'close')
  return said
}

const statusesOf = (said: string): readonly string[] =>
  [...said.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status = '']) => status)

const BODY = JSON.stringify({ query: '{ hello }' })
const post = (headers: readonly string[], body = BODY): string =>
  ['POST /graphql HTTP/1.1', 'host: x', 'content-type: application/json', ...headers, '', body].join('\r\n')
/** What a proxy that reads the length otherwise would take for part of the body. */
const SMUGGLED = 'GET /health/live HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'

describe('a request that two parsers could read in two ways', () => {
  test.each([
    ['a length and chunks', post([`content-length: ${BODY.length}`, 'transfer-encoding: chunked'])],
    ['two lengths', post([`content-length: ${BODY.length}`, 'content-length: 0'])],
    ['two lengths in one', post([`content-length: ${BODY.length}, 0`])],
    ['a length that is none', post([`content-length: +${BODY.length}`])],
    ['chunks that are not the last coding', post(['transfer-encoding: chunked, identity'])],
    ['a coding that hides', post(['transfer-encoding : chunked'], `0\r\n\r\n${SMUGGLED}`)],
    ['another coding', post(['transfer-encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`)],
    ['a folded header', post(['transfer-encoding:\r\n chunked'], `0\r\n\r\n${SMUGGLED}`)],
    ['a chunk whose size is none', post(['transfer-encoding: chunked'], `0x1\r\na\r\n0\r\n\r\n`)],
    ['lines that end too soon', post([`content-length: ${BODY.length}`]).replaceAll('\r\n', '\n')],
    ['a header without a name', post([': x', `content-length: ${BODY.length}`])],
    ['a NUL in a header', post(['x-a: a\0b', `content-length: ${BODY.length}`])],
    ['no host', `GET /health/live HTTP/1.1\r\n\r\n`],
    ['no request at all', `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03`],
  ])('with %s is refused, and the connection with it', async (_name, text) => {
    const before = gateway.contexts.length
    expect(statusesOf(await talk(text + SMUGGLED))).toEqual(['400'])
    expect(gateway.contexts.length).toBe(before)
  })
})

test('headers beyond 16 kB are refused', async () => {
  expect(statusesOf(await talk(post([`x-a: ${'a'.repeat(17_000)}`])))).toEqual(['431'])
})

test('two requests in one piece are two', async () => {
  const said = await talk(post([`content-length: ${BODY.length}`]) + SMUGGLED)
  expect(statusesOf(said)).toEqual(['200', '200'])
})

test('nothing of all this was a fault of ours', () => {
  expect(gateway.faults).toEqual([])
})
