import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, request as ask } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'
import { openOwnBank } from './own-bank.ts'
import { connectSandbox, CREATE } from './sandbox-control.ts'

/** In front of a bank, to see what a call carries. */
const watch = async (target: string) => {
  const seen: IncomingHttpHeaders[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    const { method, headers } = request
    const onward = ask(new URL(request.url ?? '/', target), { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    request.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const ID = 'trace-of-one-request-0001'

test('one id is in the request, its answer, the calls to the bank, the errors and the log', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'consentgraph-request-id-'))
  await using bank = await openOwnBank(directory.path)
  await using wire = await watch(bank.sandbox.url)
  await using gateway = await startGateway({ env: { ...bank.env, OBP_BASE_URL: wire.url } })
  await operationsOf(gateway).createUser('traced')
  await connectSandbox(bank.sandbox.url).fault({ kind: 'status', status: 500, match: CREATE, times: 5 })
  wire.seen.length = 0

  const START = `mutation ($input: StartAuthorizationInput!) { startAuthorization(input: $input) {
    userErrors { __typename ... on ProviderError { problem { requestId } } }
  } }`
  const input = {
    user: { externalId: 'traced' },
    target: { institutionId: 'ins_T1BFTl9CQU5LX1BST0pFQ1QKc2FuZGJveC5vdHA' },
    psu: { phone: '+15550100' },
  }
  const { headers, text } = await gateway.ask(START, { input }, { headers: { 'x-request-id': ID } })
  expect(headers.get('x-request-id')).toBe(ID)
  expect(text).toContain(`"requestId":"${ID}"`)
  expect(wire.seen.length).toBeGreaterThan(0)
  expect(new Set(wire.seen.map((sent) => sent['x-request-id']))).toEqual(new Set([ID]))
  const lines = (): readonly { event: string; requestId?: string }[] =>
    gateway.printed.log
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as { event: string; requestId?: string })
  await expect
    .poll(() => lines().find(({ event }) => event === 'authorization.start.failed')?.requestId, { timeout: 10_000 })
    .toBe(ID)
})

test('a webhook, a callback, a refusal and a page have one too', async () => {
  await using gateway = await startGateway()
  const headers = { 'x-request-id': ID }
  for (const [path, init] of [
    ['/webhooks/fiskil', { method: 'POST', body: '{}' }],
    ['/callback/enableBanking?state=x', {}],
    ['/sandbox', {}],
    ['/nothing', {}],
    ['/.well-known/jwks.json', {}],
    ['/graphql', { method: 'OPTIONS' }],
  ] as const) {
    const answer = await fetch(gateway.url + path, { ...init, headers })
    expect([path, answer.headers.get('x-request-id')]).toEqual([path, ID])
  }
})
