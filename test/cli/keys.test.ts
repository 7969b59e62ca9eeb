import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'
import { askCli, runCli } from './cli-process.ts'

const key = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`
const [oldKey, newKey, newest] = ['old', 'new', 'newest'].map(key) as [string, string, string]

interface Status {
  readonly keys: readonly { readonly keyId: string; readonly rows: number; readonly state: string }[]
}

test('an old key is counted, emptied and removed, with the gateway and without it', { timeout: 60_000 }, async () => {
  await using gateway = await startGateway({ env: { CONSENTGRAPH_ENCRYPTION_KEYS: oldKey } })
  await operationsOf(gateway).authorize()
  const env = (...keys: readonly string[]) => ({
    CONSENTGRAPH_DATA_DIR: gateway.dataDir,
    CONSENTGRAPH_ENCRYPTION_KEYS: keys.join(),
  })
  expect(await askCli<Status>(['keys', 'status'], env(oldKey))).toMatchObject({
    keys: [{ keyId: 'old', state: 'CURRENT' }],
  })
  await gateway.stop('SIGTERM')

  const { keys } = await askCli<Status>(['keys', 'status'], env(newKey, oldKey))
  expect(keys).toMatchObject([
    { keyId: 'new', rows: 0, state: 'CURRENT' },
    { keyId: 'old', state: 'OLDER' },
  ])
  const { rows } = keys[1]!
  expect(rows).toBeGreaterThan(1)
  expect(await runCli(['keys', 'status'], env(newKey))).toMatchObject({
    code: 1,
    error: expect.stringContaining(`still sealed with key "old" (${rows})`),
  })
  expect((await runCli(['keys', 'status'], env(newKey, oldKey))).out).toContain('consentgraph keys rewrap')
  expect(await askCli(['keys', 'rewrap', '--batch', '2'], env(newKey, oldKey))).toEqual({
    moved: rows,
    left: 0,
    unreadable: 0,
  })
  expect((await runCli(['keys', 'status'], env(newKey, oldKey))).out).toMatch(/old +0 +not needed any more/)

  // The embedded store is this process's alone, which does it by itself.
  const rotated = await gateway.restart('SIGTERM', { CONSENTGRAPH_ENCRYPTION_KEYS: `${newest},${newKey}` })
  await expect.poll(() => rotated.printed.log, { timeout: 10_000 }).toContain('"keys.rewrapped"')
  expect(rotated.printed.log).toMatch(/"moved":[1-9]\d*,"left":0/)
  await using last = await rotated.restart('SIGTERM', { CONSENTGRAPH_ENCRYPTION_KEYS: newest })
  const { id } = await operationsOf(last)
    .authorize()
    .then(({ consent }) => consent)
  expect(id).toMatch(/^con_/)
})

test.each(['0', '1001', 'many', '-1'])('rewraps no batch of %s', async (batch) => {
  const { code, error } = await runCli(['keys', 'rewrap', '--batch', batch])
  expect(code).toBe(2)
  expect(error).not.toContain('    at ')
})
