import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askCli } from '../cli/cli-process.ts'
import { temporaryDirectory } from '../store/directory.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from '../store/postgres-server.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'

const [oldKey, newKey] = ['old', 'new'].map((id) => `${id}:${randomBytes(32).toString('base64')}`) as [string, string]

const MINT = `mutation { createUserToken(input: { user: { externalId: "demo-user" } }) { token userErrors { __typename } } }`
const READ = '{ me { externalId consents(first: 50, maxAgeSeconds: 86400) { nodes { id status } } } }'

const RECEIPT = 'query ($id: ID!) { consent(id: $id) { receipt } }'

interface Load {
  readonly failures: readonly string[]
  /** Of the keys that signed the tokens. */
  readonly signers: ReadonlySet<string>
  rounds(): number
  /** Lets nothing more go to a gateway and waits for what has; then does that, and goes on with what it gives. */
  without(gateway: GatewayProcess, change: () => Promise<GatewayProcess>): Promise<void>
  live(): readonly GatewayProcess[]
  stop(): Promise<void>
}

/** What clients do, each part of it at another gateway: a token made by one is shown to the other. */
const putLoadOn = (gateways: readonly GatewayProcess[]): Load => {
  const live = new Set(gateways)
  const failures: string[] = []
  const signers = new Set<string>()
  const ending = new AbortController()
  let rounds = 0
  let round = Promise.resolve()

  const once = async (): Promise<void> => {
    const all = [...live]
    const maker = all[rounds % all.length]!
    const reader = all[(rounds + 1) % all.length]!
    const minted = await maker.graphql<{ createUserToken: { token: string } }>(MINT)
    const { token } = minted.createUserToken
    signers.add(decodeProtectedHeader(token).kid ?? '')
    for (const gateway of [reader, maker]) await gateway.graphql(READ, {}, { as: token })
    if (rounds % 5 === 0) await operationsOf(maker).authorize()
  }
  const work = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      round = once().catch((error: unknown) => void failures.push(String(error)))
      await round
      rounds += 1
    }
  }
  const working = work()
  return {
    failures,
    signers,
    rounds: () => rounds,
    live: () => [...live],
    without: async (gateway, change) => {
      live.delete(gateway)
      await round
      live.add(await change())
    },
    stop: async () => {
      ending.abort()
      await working
    },
  }
}

describe.skipIf(!hasPostgres)('encryption keys are changed while two gateways serve', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test('and no request is refused, no secret stays closed, and nothing is left on the old key', async () => {
    const DATABASE_URL = await server.createDatabase()
    const env = (...keys: readonly string[]): Record<string, string> => ({
      DATABASE_URL,
      RATE_LIMIT_USER_STARTS: '0',
      RATE_LIMIT_USER_ANSWERS: '0',
      CONSENTGRAPH_API_KEY: 'cg_dev_rotation',
      CONSENTGRAPH_ENCRYPTION_KEYS: keys.join(),
    })
    await using stack = new AsyncDisposableStack()
    const started = [await startGateway({ env: env(oldKey) }), await startGateway({ env: env(oldKey) })]
    const load = putLoadOn(started)
    stack.defer(async () => {
      await load.stop()
      await Promise.all(load.live().map((gateway) => gateway[Symbol.asyncDispose]()))
    })
    const someRounds = async (): Promise<void> => {
      const before = load.rounds()
      await expect.poll(load.rounds, { timeout: 60_000 }).toBeGreaterThan(before + 10)
      expect(load.failures).toEqual([])
    }
    const deploy = async (...keys: readonly string[]): Promise<void> => {
      for (const gateway of load.live()) {
        await load.without(gateway, () => gateway.restart('SIGTERM', env(...keys)))
        await someRounds()
      }
    }

    await someRounds()
    const { consent } = await operationsOf(load.live()[0]!).authorize()
    const given = await load.live()[1]!.graphql<{ consent: { receipt: string } }>(RECEIPT, { id: consent.id })
    const receipt = join(stack.use(await temporaryDirectory()).path, 'receipt.jws')
    await writeFile(receipt, given.consent.receipt)
    await deploy(oldKey, newKey)
    expect([...load.signers]).toEqual(['old'])
    await deploy(newKey, oldKey)
    expect([...load.signers].toSorted()).toEqual(['new', 'old'])

    await using connection = await connect(DATABASE_URL)
    const countOn = async (id: string): Promise<number> => {
      const { rows } = await connection.client.query<{ count: string }>(
        `select count(*) from consents where secrets like 's1.${id}.%'`,
      )
      return Number(rows[0]!.count)
    }
    const before = await countOn('old')
    expect(before).toBeGreaterThan(2)
    const rewrap = spawn(join(import.meta.dirname, '../../bin/consentgraph'), ['keys', 'rewrap', '--batch', '1'], {
      env: { PATH: process.env['PATH'], ...env(newKey, oldKey) },
      stdio: 'ignore',
    })
    const ended = once(rewrap, 'exit')
    await expect.poll(() => countOn('old'), { interval: 5, timeout: 20_000 }).toBeLessThan(before)
    rewrap.kill('SIGKILL')
    await ended
    await someRounds()
    expect(await askCli(['keys', 'rewrap'], env(newKey, oldKey))).toMatchObject({ left: 0, unreadable: 0 })
    expect(await askCli(['keys', 'status'], env(newKey, oldKey))).toMatchObject({
      keys: [
        { keyId: 'new', state: 'CURRENT' },
        { keyId: 'old', rows: 0, state: 'OLDER' },
      ],
    })

    await deploy(newKey)
    await load.stop()
    expect(load.failures).toEqual([])
    expect(load.rounds()).toBeGreaterThan(70)
    for (const { url } of load.live()) {
      const verdict = await askCli(['receipt', 'verify', receipt, '--url', url])
      expect(verdict).toMatchObject({
        valid: true,
        keyId: 'old',
        key: 'RETIRED',
        claims: { consent: { id: consent.id } },
      })
    }
  })
})
