import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { productionEnv, startProduction } from '../../e2e/production-gateway.ts'
import { connect, hasPostgres, openWire, type PostgresServer, startPostgres } from '../../store/postgres-server.ts'
import { askCli } from '../cli-process.ts'
import { complaints, type Env, examine, newKey, openRealProviders, type RealProviders } from './examination.ts'

/** As an operator who read docs/operations.md has it. */
const WELL_SET = ['fsync=on', 'idle_in_transaction_session_timeout=60s']

/** A pooler that passes a session's time limit on under a name that the server makes nothing of. */
const openDroppingPooler = async (port: number) => {
  const pooler = createServer((near) => {
    const far = createConnection(port, '127.0.0.1')
    near.once('data', (startup) => {
      far.write(Buffer.from(startup.toString('latin1').replace('statement_timeout', 'pooler.not_known_'), 'latin1'))
      near.pipe(far)
    })
    far.pipe(near)
    near.on('error', () => far.destroy())
    far.on('error', () => near.destroy())
  }).listen(0, '127.0.0.1')
  await once(pooler, 'listening')
  return {
    port: (pooler.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      pooler.close()
      await once(pooler, 'close')
    },
  }
}

describe.skipIf(!hasPostgres)('on PostgreSQL, the doctor', () => {
  let providers: RealProviders
  let server: PostgresServer
  beforeAll(async () => {
    providers = await openRealProviders()
    server = await startPostgres(WELL_SET)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await providers[Symbol.asyncDispose]()
  })

  const envOf = (url: string): Env => {
    const { CONSENTGRAPH_DATA_DIR: _, ...env } = productionEnv('')
    return { ...env, ...providers.env, PORT: '0', DATABASE_URL: url }
  }
  const newProduction = async (): Promise<Env> => {
    const env = envOf(await server.createDatabase())
    await askCli(['client', 'create', '--name', 'shop', '--return-to', 'https://shop.example/done'], env)
    return env
  }
  const ask = async (env: Env, sql: string): Promise<void> => {
    await using admin = await connect(env['DATABASE_URL']!)
    await admin.client.query(sql)
  }
  const expectOnly = async (env: Env, complaint: RegExp): Promise<void> => {
    const examination = await examine(env)
    expect(complaints(examination)).toEqual([expect.stringMatching(complaint)])
    expect(examination.code).toBe(complaint.source.startsWith('^FAIL') ? 1 : 0)
  }

  test('finds nothing wrong with a healthy set-up: empty, and beside its gateway', async () => {
    const env = envOf(await server.createDatabase())
    expect(complaints(await examine(env))).toEqual([])
    await askCli(['client', 'create', '--name', 'shop', '--return-to', 'https://shop.example/done'], env)
    await using gateway = await startProduction(env)
    const examination = await examine({ ...env, PORT: new URL(gateway.url).port })
    expect(complaints(examination)).toEqual([])
    expect(examination.code).toBe(0)
    expect(examination.findings).toContainEqual(
      expect.objectContaining({ subject: 'port', finding: expect.stringContaining('is ready') }),
    )
    for (const subject of ['tables', 'encryption keys', 'clock', 'API clients']) {
      expect(examination.findings).toContainEqual(expect.objectContaining({ subject, verdict: 'OK' }))
    }
  })

  test('changes nothing in an empty database', async () => {
    const env = envOf(await server.createDatabase())
    await examine(env)
    await using admin = await connect(env['DATABASE_URL']!)
    const { rows } = await admin.client.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace`,
    )
    expect(rows).toEqual([])
  })

  test('says of the server that its commits are not kept, and that it ends no idle transaction', async () => {
    await using careless = await startPostgres(['synchronous_commit=off'])
    const env = envOf(await careless.createDatabase())
    expect(complaints(await examine(env))).toEqual([
      expect.stringMatching(/^WARN PostgreSQL: off: fsync and synchronous_commit/),
      expect.stringMatching(/^WARN PostgreSQL: idle_in_transaction_session_timeout is off/),
    ])
  })

  test('says that it takes no writes', async () => {
    const env = await newProduction()
    const name = new URL(env['DATABASE_URL']!).pathname.slice(1)
    await ask(env, `alter database ${name} set default_transaction_read_only = on`)
    await expectOnly(env, /^FAIL PostgreSQL: takes no writes/)
  })

  test('says which rights the role lacks', async () => {
    const env = await newProduction()
    await ask(env, `create role reader login; grant select on all tables in schema public to reader`)
    const url = env['DATABASE_URL']!.replace('postgres@', 'reader@')
    await expectOnly({ ...env, DATABASE_URL: url }, /^FAIL PostgreSQL: the role may not create in its schema/)
  })

  test('sees a pooler that drops time limits', async () => {
    const env = await newProduction()
    await using pooler = await openDroppingPooler(server.port)
    const url = env['DATABASE_URL']!.replace(`:${server.port}/`, `:${pooler.port}/`)
    await expectOnly({ ...env, DATABASE_URL: url }, /^FAIL PostgreSQL: sessions do not get the time limits/)
  })

  test('counts the connections that are left', async () => {
    const env = await newProduction()
    await expectOnly({ ...env, DATABASE_POOL_SIZE: '500' }, /^WARN PostgreSQL: \d+ connections are free, .* up to 501/)
  })

  test('sees a transaction that holds back events', async () => {
    const env = await newProduction()
    await using other = await connect(env['DATABASE_URL']!)
    await other.client.query('begin; select pg_current_xact_id()')
    await expect
      .poll(async () => complaints(await examine(env)), { timeout: 60_000, interval: 1_000 })
      .toEqual([expect.stringMatching(/^FAIL PostgreSQL: a transaction is open since \d\d seconds/)])
  })

  test('compares the clocks', async () => {
    const env = await newProduction()
    const late = join(import.meta.dirname, 'programs/late-clock.ts')
    await expectOnly(
      { ...env, NODE_OPTIONS: `--import ${late}` },
      /^FAIL clock: that of PostgreSQL is (299|30\d)\d{3} ms ahead of this one/,
    )
  })

  test('sees tables of another version, and keys that are not theirs', async () => {
    const env = await newProduction()
    await expectOnly(
      { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: newKey('a') },
      /^FAIL encryption keys: key "a" is not the one/,
    )
    await expectOnly(
      { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: newKey('b') },
      /^FAIL encryption keys: the store holds .* "a"/,
    )
    await ask(env, `insert into kysely_migration (name, timestamp) values ('9999-later', '')`)
    await expectOnly(env, /^FAIL tables: a later version made them: 9999-later/)
  })

  test('sees a server that is not there, one that is silent, and the gateway that lost it', async () => {
    await using own = await startPostgres(WELL_SET)
    const env = envOf((await own.createDatabase()).replace('postgres@', 'postgres:doctor-canary@'))
    await askCli(['client', 'create', '--name', 'shop', '--return-to', 'https://shop.example/done'], env)
    await using wire = await openWire(own.port)
    wire.freeze()
    const silent = env['DATABASE_URL']!.replace(`:${own.port}/`, `:${wire.port}/`)
    await expectOnly(
      { ...env, DATABASE_URL: silent },
      /^FAIL store: PostgreSQL at 127\.0\.0\.1:\d+\/test_1 cannot be used: timeout/,
    )

    await using gateway = await startProduction(env)
    await own.stop()
    const examination = await examine({ ...env, PORT: new URL(gateway.url).port })
    expect(complaints(examination)).toEqual([
      expect.stringMatching(/^FAIL store: PostgreSQL at .* cannot be used: connect ECONNREFUSED/),
      expect.stringMatching(/^FAIL port: the gateway at \S+ is not ready: store/),
    ])
    expect(examination.said).not.toContain('doctor-canary')
  })
})
