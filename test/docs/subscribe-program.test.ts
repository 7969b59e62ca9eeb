import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'

const ROOT = join(import.meta.dirname, '../..')

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway[Symbol.asyncDispose]())

const start = (key: string | null, ...args: readonly string[]): ChildProcess =>
  spawn(join(ROOT, 'node_modules/.bin/node'), [join(ROOT, 'examples/subscribe/main.ts'), ...args], {
    env: { CONSENTGRAPH_URL: gateway.url, ...(key !== null && { CONSENTGRAPH_API_KEY: key }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

test.each([
  ['a WebSocket', 'printed', []],
  ['an event stream', 'streamed', ['--sse']],
])('over %s it prints what happens to one user, as JSON lines, until it is stopped', async (_, externalId, options) => {
  const client = operationsOf(gateway)
  await client.createUser(externalId)
  const child = start(gateway.apiKey, ...options, externalId)
  const seen: string[] = []
  for await (const line of createInterface({ input: child.stdout! })) {
    const item = JSON.parse(line) as { __typename: string; to?: string }
    seen.push(item.to ?? item.__typename)
    if (item.__typename === 'ConsentSnapshot') await client.authorize({ user: { externalId } })
    if (item.to === 'AUTHORIZED') child.kill('SIGINT')
  }
  expect(seen).toEqual(['ConsentSnapshot', 'INITIATED', 'AWAITING_AUTHORIZATION', 'AuthStepChanged', 'AUTHORIZED'])
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(0)
})

test.each([
  ['without a key', null, [], 'CONSENTGRAPH_API_KEY'],
  ['with a wrong one', 'wrong', [], 'refuses'],
  ['with a wrong one over an event stream', 'wrong', ['--sse'], 'refuses'],
])('%s it fails and says why', async (_, key, options, said) => {
  const child = start(key, ...options)
  let log = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (log += text))
  await once(child, 'close')
  expect(child.exitCode).not.toBe(0)
  expect(log).toContain(said)
})
