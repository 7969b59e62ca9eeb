import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway } from '../../e2e/gateway-process.ts'
import { productionEnv, startProduction } from '../../e2e/production-gateway.ts'
import { temporaryDirectory } from '../../store/directory.ts'
import { askCli, runCli } from '../cli-process.ts'
import { complaints, type Env, examine, newKey, openRealProviders, type RealProviders } from './examination.ts'

let providers: RealProviders
beforeAll(async () => {
  providers = await openRealProviders()
})
afterAll(() => providers[Symbol.asyncDispose]())

const filesOf = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readdirSync(directory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path, createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )

const portOf = (url: string): string => new URL(url).port

const makeClient = (env: Env) =>
  askCli<{ readonly client: { readonly id: string } }>(
    ['client', 'create', '--name', 'shop', '--return-to', 'https://shop.example/done'],
    env,
  )

describe('a healthy development', () => {
  test('has nothing wrong before its first start, and is not begun by the look', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'data')
    const examination = await examine({ CONSENTGRAPH_DATA_DIR: dataDir, PORT: '0' })
    expect(complaints(examination)).toEqual([])
    expect(examination.code).toBe(0)
    expect(readdirSync(directory.path)).toEqual([])
  })

  test('beside its gateway, and after it', async () => {
    await using gateway = await startGateway()
    const env = { CONSENTGRAPH_DATA_DIR: gateway.dataDir, PORT: portOf(gateway.url) }
    const beside = await examine(env)
    expect(complaints(beside)).toEqual([])
    expect(beside.code).toBe(0)
    expect(beside.findings).toContainEqual(
      expect.objectContaining({ subject: 'store', finding: expect.stringContaining('a gateway has it open now') }),
    )
    expect(beside.findings).toContainEqual(
      expect.objectContaining({ subject: 'port', finding: expect.stringContaining('is ready') }),
    )
    await gateway.stop('SIGTERM')

    const before = filesOf(gateway.dataDir)
    const after = await examine(env)
    expect(complaints(after)).toEqual([])
    expect(after.findings).toContainEqual(
      expect.objectContaining({ subject: 'port', finding: expect.stringContaining('is free') }),
    )
    expect(filesOf(gateway.dataDir)).toEqual(before)
  })

  test('whose gateway was killed', async () => {
    await using gateway = await startGateway()
    await gateway.stop('SIGKILL')
    const examination = await examine({ CONSENTGRAPH_DATA_DIR: gateway.dataDir, PORT: '0' })
    expect(complaints(examination)).toEqual([])
    expect(examination.findings).toContainEqual(
      expect.objectContaining({ subject: 'store', finding: expect.stringContaining('was killed') }),
    )
    await using next = await gateway.restart('SIGKILL')
    expect(await next.graphql('{ viewer { client { id } } }')).toMatchObject({ viewer: { client: {} } })
  })
})

describe('a healthy production', () => {
  test('has four providers, a client, and a gateway that is not disturbed', async () => {
    await using directory = await temporaryDirectory()
    const env = { ...productionEnv(directory.path), ...providers.env, PORT: '0' }
    await makeClient(env)
    await using gateway = await startProduction(env)
    const examination = await examine({ ...env, PORT: portOf(gateway.url) })
    expect(complaints(examination)).toEqual([])
    expect(examination.code).toBe(0)
    for (const name of ['Enable Banking', 'Fiskil', 'Open Bank Project', 'Insurely']) {
      expect(examination.findings).toContainEqual(
        expect.objectContaining({ subject: name, finding: expect.stringContaining('takes the credentials') }),
      )
    }
    for (const [subject, address] of [
      ['redirect address', 'https://consent.example/callback/enableBanking'],
      ['redirect address', 'https://consent.example/callback/fiskil'],
      ['webhook address', 'https://consent.example/webhooks/fiskil'],
    ] as const) {
      expect(examination.findings).toContainEqual(
        expect.objectContaining({ subject, finding: expect.stringContaining(address) }),
      )
    }
    for (const [name, value] of Object.entries(env)) {
      if (/KEY|SECRET|PASSWORD/.test(name)) expect(examination.said).not.toContain(value)
    }
    expect(await gateway.stop('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(gateway.printed.log).not.toContain('"level":50')
  })

  test('is printed a line each', async () => {
    await using directory = await temporaryDirectory()
    const env = { ...productionEnv(directory.path), ...providers.env, PORT: '0' }
    await makeClient(env)
    const { code, out, error } = await runCli(['doctor'], env)
    expect({ code, error }).toEqual({ code: 0, error: '' })
    for (const line of out.trim().split('\n').slice(1)) expect(line).toMatch(/^OK +\S/)
  })
})

test('a key that follows and a key that goes are both in order', async () => {
  await using directory = await temporaryDirectory()
  const [first, second] = [newKey('a'), newKey('b')]
  const env = { ...productionEnv(directory.path), ...providers.env, PORT: '0' }
  const withKeys = (...keys: readonly string[]) => ({ ...env, CONSENTGRAPH_ENCRYPTION_KEYS: keys.join() })
  await makeClient(withKeys(first))
  for (const keys of [
    [first, second],
    [second, first],
  ]) {
    expect(complaints(await examine(withKeys(...keys)))).toEqual([])
    await askCli(['keys', 'rewrap'], withKeys(...keys))
  }
  expect(complaints(await examine(withKeys(second)))).toEqual([])
})
