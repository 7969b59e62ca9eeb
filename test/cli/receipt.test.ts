import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { askCli, runCli } from './cli-process.ts'

const ROOT = join(import.meta.dirname, '../..')
const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`
const [oldKey, newKey] = ['old', 'new'].map(key) as [string, string]
const env = (...keys: readonly string[]) => ({ CONSENTGRAPH_ENCRYPTION_KEYS: keys.join() })

const RECEIPT = 'query ($id: ID!) { consent(id: $id) { receipt } }'

const receiptOf = async (gateway: GatewayProcess, id: string): Promise<string> =>
  (await gateway.graphql<{ consent: { receipt: string } }>(RECEIPT, { id })).consent.receipt

/** The program that the page on receipts shows, by Node.js alone. */
const runProgramOfPage = async (directory: string, ...args: readonly string[]): Promise<string> => {
  const [, program = ''] = /^```js\n(.*?)^```$/ms.exec(await readFile(join(ROOT, 'docs/audit.md'), 'utf8')) ?? []
  const file = join(directory, 'verify.mjs')
  await writeFile(file, program)
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  return (await promisify(execFile)(process.execPath, [file, ...args])).stdout
}

/** As the page on rotation says, step by step. */
const rotate = async (gateway: GatewayProcess): Promise<GatewayProcess> => {
  const ahead = await gateway.restart('SIGTERM', env(oldKey, newKey))
  const both = await ahead.restart('SIGTERM', env(newKey, oldKey))
  await expect.poll(() => both.printed.log, { timeout: 10_000 }).toContain('"keys.rewrapped"')
  return await both.restart('SIGTERM', env(newKey))
}

test('a receipt of an earlier key is verified, until that key is revoked', { timeout: 90_000 }, async () => {
  await using directory = await temporaryDirectory()
  const first = await startGateway({ env: { ...env(oldKey), CONSENTGRAPH_API_KEY: 'cg_dev_receipts' } })
  const { consent } = await operationsOf(first).authorize()
  const receipt = await receiptOf(first, consent.id)
  expect(decodeProtectedHeader(receipt)).toMatchObject({ kid: 'old' })
  const file = join(directory.path, 'receipt.jws')
  await writeFile(file, `${receipt}\n`)
  const verify = (gateway: GatewayProcess, code = 0) =>
    askCli<Record<string, unknown>>(['receipt', 'verify', file, '--url', gateway.url], {}, code)
  expect(await verify(first)).toMatchObject({ valid: true, keyId: 'old', key: 'CURRENT' })

  await using gateway = await rotate(first)
  expect(decodeProtectedHeader(await receiptOf(gateway, consent.id))).toMatchObject({ kid: 'new' })
  const tokens = createRemoteJWKSet(new URL('/.well-known/jwks.json', gateway.url))
  await expect(jwtVerify(receipt, tokens)).rejects.toThrow('no applicable key')
  const published = new URL('/.well-known/statement-keys.json', gateway.url)
  const { payload } = await jwtVerify(receipt, createRemoteJWKSet(published), { typ: 'consent-receipt+jwt' })
  expect(payload['consent']).toMatchObject({ id: consent.id, status: 'AUTHORIZED' })
  expect(await verify(gateway)).toMatchObject({
    valid: true,
    keyId: 'old',
    key: 'RETIRED',
    usedUntil: expect.any(String) as string,
    claims: { consent: { id: consent.id } },
  })
  expect(await runProgramOfPage(directory.path, file, gateway.url)).toContain(`id: '${consent.id}'`)
  const { out } = await runCli(['receipt', 'verify', file], { CONSENTGRAPH_URL: gateway.url })
  expect(out).toMatch(/^Verified: consent-receipt\+jwt, signed with key "old" \(retired, used until \d{4}-/)

  const store = { CONSENTGRAPH_DATA_DIR: gateway.dataDir, ...env(newKey) }
  const { out: status } = await runCli(['keys', 'status'], store)
  expect(status).toMatch(/^old +\d{4}-\S+Z +removed: its receipts verify$/m)
  expect(status).toMatch(/^new +signs receipts$/m)
  expect(await askCli(['keys', 'revoke', 'old'], store)).toEqual({ keyId: 'old', state: 'REVOKED' })
  expect((await runCli(['keys', 'revoke', 'new'], store)).code).toBe(2)
  expect((await runCli(['keys', 'status'], store)).out).toContain('revoked: its receipts prove nothing')
  await expect
    .poll(async () => (await runCli(['receipt', 'verify', file, '--url', gateway.url])).out, { timeout: 20_000 })
    .toContain('Key "old" was revoked')
  expect(await verify(gateway, 1)).toMatchObject({ valid: false })
  await gateway.stop('SIGTERM')
  const trail = (await runCli(['audit', 'export'], store)).out
  expect(trail).toContain('{"what":"STATEMENT_KEY","keyId":"old","change":"REVOKED"}')
})

test('what is no receipt, changed, or of no gateway is told apart', { timeout: 60_000 }, async () => {
  await using directory = await temporaryDirectory()
  await using gateway = await startGateway({ env: env(oldKey) })
  const { consent } = await operationsOf(gateway).authorize()
  const [head, body = '', signature] = (await receiptOf(gateway, consent.id)).split('.')
  const changed = Buffer.from(Buffer.from(body, 'base64url').toString().replace('AUTHORIZED', 'REVOKED'))
  const say = async (text: string, ...args: readonly string[]) => {
    const file = join(directory.path, 'said.jws')
    await writeFile(file, text)
    return await runCli(['receipt', 'verify', file, ...args])
  }
  const here = ['--url', gateway.url] as const
  expect(await say([head, changed.toString('base64url'), signature].join('.'), ...here)).toMatchObject({
    code: 1,
    out: 'The signature is not that of key "old".\n',
  })
  expect(await say('hello', ...here)).toMatchObject({ code: 1, out: expect.stringContaining('no receipt') as string })
  expect(await say('hello', '--url', `${gateway.url}/graphiql`)).toMatchObject({
    code: 1,
    error: expect.stringContaining('does not tell its keys') as string,
  })
  expect((await say('hello', '--url', 'nowhere')).code).toBe(2)

  // Somebody who can write the database, and has no key of the gateway.
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const database = new DatabaseSync(join(gateway.dataDir, 'consentgraph.db'))
  database.exec(`insert into statement_keys values ('planted', '${x}', 9999999999999)`)
  database.exec(`insert into statement_endorsements values ('planted', '${x}', 'old', 'a.b.c')`)
  database.close()
  const answer = await fetch(new URL('/.well-known/statement-keys.json', gateway.url))
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'cache-control': 'public, max-age=300',
    'access-control-allow-origin': '*',
  })
  const { keys } = (await answer.json()) as { keys: readonly { kid: string }[] }
  expect(keys.map(({ kid }) => kid)).toEqual(['old'])
})
