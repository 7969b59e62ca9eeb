import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createServer } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'
import { openOwnBank, type OwnBank } from './own-bank.ts'

const path = (name: string): string => fileURLToPath(new URL(`../upstream/tls/${name}`, import.meta.url))
const pem = (name: string): string => readFileSync(path(name), 'utf8')

interface Guard extends AsyncDisposable {
  readonly url: string
  /** Callers that showed the certificate. */
  readonly let: () => number
}

/** Lets through to the bank who shows the one certificate that it knows. */
const openGuard = async (bankUrl: string): Promise<Guard> => {
  let through = 0
  const tls = { cert: pem('server.crt'), key: pem('server.key'), ca: pem('client.crt') }
  const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: true }, (caller) => {
    through += 1
    const bank = connect(Number(new URL(bankUrl).port), '127.0.0.1')
    caller.on('error', () => bank.destroy())
    bank.on('error', () => caller.destroy())
    caller.pipe(bank).pipe(caller)
  })
  server.on('tlsClientError', () => {
    // Who shows none learns it from the end of the connection.
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    let: () => through,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

let directory: TemporaryDirectory
let bank: OwnBank
let guard: Guard
beforeAll(async () => {
  directory = await temporaryDirectory()
  bank = await openOwnBank(directory.path)
  guard = await openGuard(bank.sandbox.url)
})
afterAll(async () => {
  await guard[Symbol.asyncDispose]()
  await bank[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

const CERTIFICATE = { OBP_TLS_CERT_FILE: path('client.crt'), OBP_TLS_KEY_FILE: path('client.key') }

test('a provider with an authority of its own is shown the certificate that is configured for it', async () => {
  const env = { ...bank.env, OBP_BASE_URL: guard.url, OBP_TLS_CA_FILE: path('server.crt'), ...CERTIFICATE }
  await using gateway = await startGateway({ env })
  const { consent } = await operationsOf(gateway).authorize()
  expect(consent).toMatchObject({ status: 'AUTHORIZED' })
  expect(guard.let()).toBeGreaterThan(0)
})

test.each([
  ['without its authority', CERTIFICATE],
  [
    'with another authority',
    {
      OBP_TLS_CA: pem('client.crt')
        .trim()
        .replaceAll('\n', String.raw`\n`),
      ...CERTIFICATE,
    },
  ],
  ['without a certificate', { OBP_TLS_CA_FILE: path('server.crt') }],
])('%s nothing is said to it', async (_name, tls) => {
  const before = guard.let()
  await using gateway = await startGateway({ env: { ...bank.env, OBP_BASE_URL: guard.url, ...tls } })
  const { userErrors } = await operationsOf(gateway).start({ psu: { phone: '+15550100' } })
  expect(userErrors).toMatchObject([{ code: 'PROVIDER_PROBLEM', problem: { code: 'PROVIDER_UNAVAILABLE' } }])
  expect(guard.let()).toBe(before)
})
