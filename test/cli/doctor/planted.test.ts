import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, chownSync, rmSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeSpace } from '../../../src/cli/doctor/directory.ts'
import { describeNode } from '../../../src/cli/doctor/process.ts'
import { productionEnv, startProduction } from '../../e2e/production-gateway.ts'
import { startIssuer } from '../../identity/issuer.ts'
import { temporaryDirectory, type TemporaryDirectory } from '../../store/directory.ts'
import { askCli, runCli } from '../cli-process.ts'
import {
  complaints,
  type Env,
  examine,
  newKey,
  openRealProviders,
  type RealProviders,
  wrongCredentials,
} from './examination.ts'

let providers: RealProviders
let directory: TemporaryDirectory
/** With one client, and nothing wrong; each test has a copy. */
let whole: { readonly env: Env; readonly clientId: string }
beforeAll(async () => {
  providers = await openRealProviders()
  directory = await temporaryDirectory()
  const env = { ...productionEnv(join(directory.path, 'whole')), ...providers.env, PORT: '0' }
  const options = ['--name', 'shop', '--return-to', 'https://shop.example/done']
  const { client } = await askCli<{ readonly client: { readonly id: string } }>(['client', 'create', ...options], env)
  whole = { env, clientId: client.id }
})
afterAll(async () => {
  await providers[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

interface Production {
  readonly dataDir: string
  readonly env: Env
  /** Changes what is stored while nobody has it open. */
  alter(sql: string): void
}

const newProduction = async (): Promise<Production> => {
  const dataDir = join(directory.path, randomBytes(6).toString('hex'))
  await cp(join(directory.path, 'whole'), dataDir, { recursive: true })
  return {
    dataDir,
    env: { ...whole.env, CONSENTGRAPH_DATA_DIR: dataDir },
    alter: (sql) => {
      const database = new DatabaseSync(join(dataDir, 'consentgraph.db'))
      database.exec(sql)
      database.close()
    },
  }
}

/** One complaint that begins like this, and an exit code to go with it. */
const expectOnly = async (env: Env, complaint: RegExp, ...options: readonly string[]): Promise<void> => {
  const examination = await examine(env, ...options)
  expect(complaints(examination)).toEqual([expect.stringMatching(complaint)])
  expect(examination.code).toBe(complaint.source.startsWith('^FAIL') ? 1 : 0)
}

describe('of the data directory, the doctor sees', () => {
  test('a file in its place', async () => {
    const { env } = await newProduction()
    const file = join(directory.path, 'file')
    writeFileSync(file, '')
    const examination = await examine({ ...env, CONSENTGRAPH_DATA_DIR: file })
    expect(examination.code).toBe(1)
    expect(complaints(examination)).toContainEqual(expect.stringMatching(/^FAIL data directory: .*is not a directory/))
  })

  test('a file system that takes nothing', async () => {
    const { env } = await newProduction()
    const examination = await examine({ ...env, CONSENTGRAPH_DATA_DIR: '/proc/consentgraph' })
    expect(examination.code).toBe(1)
    expect(complaints(examination)).toContainEqual(expect.stringMatching(/^FAIL data directory: /))
  })

  test('what others of the machine may read', async () => {
    const { env, dataDir } = await newProduction()
    chmodSync(dataDir, 0o755)
    await expectOnly(env, /^WARN data directory: \S+ is open to other users of the machine\. Run chmod 700/)
    chmodSync(dataDir, 0o700)
    chmodSync(join(dataDir, 'consentgraph.db'), 0o644)
    await expectOnly(env, /^WARN data directory: \S+consentgraph\.db is open .* Run chmod 600/)
  })

  test.runIf(process.getuid?.() === 0)('files and directories of other users', async () => {
    const { env, dataDir } = await newProduction()
    chownSync(join(dataDir, 'consentgraph.db'), 12_345, 0)
    await expectOnly(
      env,
      /^FAIL data directory: \S+consentgraph\.db belongs to user 12345, and the directory to user 0/,
    )
    chownSync(join(dataDir, 'consentgraph.lock'), 12_345, 0)
    chownSync(dataDir, 12_345, 0)
    await expectOnly(env, /^WARN data directory: \S+ belongs to user 12345, and this is user 0/)
  })

  test.each([
    [2 ** 40, 'OK', '1024.0 GiB'],
    [2 ** 29, 'WARN', '512 MiB'],
    [2 ** 20, 'FAIL', '1 MiB'],
  ])('%i free bytes', (freeBytes, verdict, text) => {
    expect(describeSpace(freeBytes)).toMatchObject({ verdict, finding: expect.stringContaining(text) })
  })
})

describe('of the keys, the doctor sees', () => {
  test('one that is still needed and was taken out', async () => {
    const { env } = await newProduction()
    await expectOnly(
      { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: newKey('b') },
      /^FAIL encryption keys: the store holds what key "a" sealed, and it is not among those that are set\./,
    )
  })

  test('one with other bytes, in front and behind', async () => {
    const { env } = await newProduction()
    const wrong = { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: newKey('a') }
    await expectOnly(wrong, /^FAIL encryption keys: key "a" is not the one of this id that sealed in this store/)
    const [next, old] = [newKey('b'), env['CONSENTGRAPH_ENCRYPTION_KEYS']!]
    // From here on `b` seals; `a` is needed for what it sealed before.
    await runCli(['client', 'list'], { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: `${next},${old}` })
    const behind = { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: `${next},${newKey('a')}` }
    await expectOnly(behind, /^FAIL encryption keys: key "a" is not the one of this id/)
    const { code, error } = await runCli(['client', 'list'], behind)
    expect(code).toBe(1)
    expect(error).toContain('Key "a" of CONSENTGRAPH_ENCRYPTION_KEYS is not the one of this id')
  })

  test('one of which nothing proves that it is the right one', async () => {
    const { env, alter } = await newProduction()
    const keys = `${newKey('b')},${env['CONSENTGRAPH_ENCRYPTION_KEYS']}`
    const both = { ...env, CONSENTGRAPH_ENCRYPTION_KEYS: keys }
    await runCli(['client', 'list'], both)
    alter(`update meta set value = '' where name = 'sealed-by a'`)
    await expectOnly(both, /^WARN encryption keys: whether "a" sealed in this store cannot be told/)
    await askCli(['keys', 'rewrap'], both)
    expect(complaints(await examine(both))).toEqual([])
  })

  test('one that somebody thought of', async () => {
    const { env } = await newProduction()
    const keys = `z:${Buffer.alloc(32, 'secret').toString('base64')},${env['CONSENTGRAPH_ENCRYPTION_KEYS']}`
    await expectOnly({ ...env, CONSENTGRAPH_ENCRYPTION_KEYS: keys }, /^FAIL encryption keys: key "z" is not random/)
  })

  test('one that the first does not vouch for yet, and one that nobody vouches for', async () => {
    const { env, alter } = await newProduction()
    const [next, old] = [newKey('b'), env['CONSENTGRAPH_ENCRYPTION_KEYS']!]
    const withKeys = (...keys: readonly string[]): Env => ({ ...env, CONSENTGRAPH_ENCRYPTION_KEYS: keys.join() })
    const startAndStop = async (): Promise<void> => {
      await using gateway = await startProduction(env)
      await gateway.stop('SIGTERM')
    }
    await startAndStop()
    expect(complaints(await examine(env))).toEqual([])
    await expectOnly(
      withKeys(next, old),
      /^WARN receipt keys: the first key does not vouch for "a" yet, .* `consentgraph keys rewrap`, before you take/,
    )
    await askCli(['keys', 'rewrap'], withKeys(next, old))
    expect(complaints(await examine(withKeys(next, old)))).toEqual([])
    const without = await examine(withKeys(next))
    expect(complaints(without)).toEqual([])
    expect(without.findings).toContainEqual(
      expect.objectContaining({ subject: 'receipt keys', finding: 'the receipts of every key verify.' }),
    )

    const reused = await examine(withKeys(next, newKey('a')))
    expect(reused.code).toBe(1)
    expect(complaints(reused)).toContainEqual(
      expect.stringMatching(/^FAIL receipt keys: key "a" has the id of an earlier key .* no gateway starts with it/),
    )

    alter('delete from statement_endorsements')
    await expectOnly(
      withKeys(next),
      /^WARN receipt keys: key "a" signed receipts until \d{4}-\S+Z, and no key that is set vouches for it/,
    )
    // What its remedy says.
    await askCli(['keys', 'rewrap'], withKeys(next, old))
    expect(complaints(await examine(withKeys(next)))).toEqual([])
  })

  test('a file that is gone, and one that is none', async () => {
    const dataDir = join(directory.path, 'made-key')
    const env = { CONSENTGRAPH_DATA_DIR: dataDir, PORT: '0' }
    await askCli(['client', 'list'], env)
    expect(complaints(await examine(env))).toEqual([])
    const file = join(dataDir, 'encryption.key')
    writeFileSync(file, 'short')
    await expectOnly(env, /^FAIL store: \S+encryption\.key does not hold 32 bytes/)
    rmSync(file)
    await expectOnly(env, /^FAIL encryption keys: \S+encryption\.key is missing, and the store holds/)
  })
})

describe('of the store, the doctor sees', () => {
  test('a file that is no database', async () => {
    const { env, dataDir } = await newProduction()
    writeFileSync(join(dataDir, 'consentgraph.db'), randomBytes(8192))
    await expectOnly(env, /^FAIL store: \S+consentgraph\.db cannot be read: file is not a database/)
  })

  test('tables of another version', async () => {
    const { env, alter } = await newProduction()
    alter(`insert into kysely_migration (name, timestamp) values ('9999-later', '')`)
    await expectOnly(env, /^FAIL tables: a later version made them: 9999-later/)
    alter(`delete from kysely_migration where name in ('9999-later', '0011-audit')`)
    await expectOnly(env, /^WARN tables: they are of an earlier version: 0011-audit are to be done/)
  })

  test('what was moved away', async () => {
    const { env, alter } = await newProduction()
    alter(`insert into meta (name, value) values ('moved-to', 'db.example/consent')`)
    await expectOnly(env, /^FAIL tables: they were moved to PostgreSQL at db\.example\/consent/)
  })

  test('events of the future', async () => {
    const { env, alter } = await newProduction()
    alter(`
      insert into events (id, at, client_id, user_id, consent_id, provider, consent_version, type, body)
      values ('evt_1', ${Date.now() + 600_000}, 'c', 'u', 'n', 'FISKIL', 1, 'ConsentStatusChanged', '{}')`)
    await expectOnly(env, /^FAIL clock: the newest event is dated (59\d|600) seconds after now/)
  })
})

describe('of clients and endpoints, the doctor sees', () => {
  test('that there is nobody', async () => {
    const { env, alter } = await newProduction()
    alter('update clients set disabled_at = 1')
    await expectOnly(env, /^WARN API clients: there is none that is enabled.*consentgraph client create/)
  })

  test('those that cannot bring people back, or only to their own machine', async () => {
    const { env, alter } = await newProduction()
    alter(`update clients set return_to = '[]'`)
    await expectOnly(env, /^WARN API clients: cli_\w+ has no return address/)
    alter(`update clients set return_to = '["http://localhost:3000/done"]'`)
    await expectOnly(env, /^WARN API clients: cli_\w+ has return addresses of the person's own machine/)
    alter(`update clients set return_to = '["https://shop.example/done"]', scopes = '[]'`)
    await expectOnly(env, /^WARN API clients: cli_\w+ has no scope/)
  })

  test('an endpoint that is switched off', async () => {
    const { env, alter } = await newProduction()
    alter(`
      insert into webhook_endpoints (id, client_id, url, event_types, only_named, enabled, cursor, version, created_at)
      select 'whe_1', id, 'https://x.example', '[]', 0, 0, '', 1, 1 from clients`)
    await expectOnly(env, /^WARN webhook endpoints: switched off: whe_1 of cli_\w+\./)
  })
})

describe('of providers, the doctor sees', () => {
  test('credentials that they refuse, and prints none', async () => {
    const { env } = await newProduction()
    const wrong = wrongCredentials()
    const examination = await examine({ ...env, ...wrong })
    expect(examination.code).toBe(1)
    expect(complaints(examination)).toEqual([
      expect.stringMatching(/^FAIL Enable Banking: .*check ENABLE_BANKING_APPLICATION_ID/),
      expect.stringMatching(/^FAIL Fiskil: .*check FISKIL_CLIENT_ID/),
      expect.stringMatching(/^FAIL Open Bank Project: .*check OBP_USERNAME/),
      expect.stringMatching(/^FAIL Insurely: .*INSURELY_API_KEY/),
    ])
    for (const secret of Object.values(wrong)) expect(examination.said).not.toContain(secret)
    expect(examination.said).not.toContain(wrong['ENABLE_BANKING_PRIVATE_KEY']!.split('\n')[3])
  })

  test('that nobody is there', async () => {
    const { env } = await newProduction()
    await expectOnly(
      { ...env, FISKIL_BASE_URL: 'http://127.0.0.1:9' },
      /^FAIL Fiskil: http:\/\/127\.0\.0\.1:9: The provider cannot be reached/,
    )
  })

  test('that one is taken out, and that one is a simulator', async () => {
    const { env } = await newProduction()
    const off = await examine({ ...env, FISKIL_ENABLED: 'false' })
    expect(complaints(off)).toEqual([])
    expect(off.findings).toContainEqual(expect.objectContaining({ subject: 'Fiskil', finding: 'not in use.' }))
    const development = await examine({ CONSENTGRAPH_DATA_DIR: join(directory.path, 'none'), PORT: '0' })
    expect(development.findings).toContainEqual(
      expect.objectContaining({ subject: 'Fiskil', finding: expect.stringContaining('simulator') }),
    )
  })

  test('a certificate that has ended', async () => {
    const { env } = await newProduction()
    const file = (name: string): string => fileURLToPath(new URL(`certificates/${name}`, import.meta.url))
    const tls = { FISKIL_TLS_CERT_FILE: file('expired.crt'), FISKIL_TLS_KEY_FILE: file('expired.key') }
    await expectOnly({ ...env, ...tls }, /^FAIL Fiskil: its certificate of serial number \w+ ends at 2020-02-01/)
  })
})

describe('of addresses, the doctor sees', () => {
  test('one that leads people to their own machine', async () => {
    const env = { ...providers.env, CONSENTGRAPH_DATA_DIR: join(directory.path, 'none'), PORT: '0' }
    await expectOnly(
      { ...env, PUBLIC_URL: 'http://localhost:4000' },
      /^WARN public address: http:\/\/localhost:4000 is of this machine alone/,
    )
  })

  test('with --reach, one that nobody answers at', async () => {
    const { env } = await newProduction()
    const reached = { ...env, PUBLIC_URL: 'https://127.0.0.1:9' }
    await expectOnly(reached, /^FAIL public address: https:\/\/127\.0\.0\.1:9 does not answer.*ECONNREFUSED/, '--reach')
  })

  test('an issuer that is not there, that is another one, and that has no keys', async () => {
    const { env } = await newProduction()
    await using issuer = await startIssuer([])
    const oidc = (url: string) => ({
      ...env,
      OIDC_ISSUER: url,
      OIDC_AUDIENCE: 'gateway',
      OIDC_API_CLIENT: whole.clientId,
    })
    await expectOnly(
      oidc('http://127.0.0.1:9'),
      /^FAIL OIDC issuer: the keys of http:\/\/127\.0\.0\.1:9 cannot be read/,
    )
    await expectOnly(oidc(`${issuer.url}/`), /^FAIL OIDC issuer: the keys of \S+ cannot be read/)
    await expectOnly(oidc(issuer.url), /^FAIL OIDC issuer: \S+ has no key that may verify tokens/)
    issuer.publish([{ kty: 'OKP', crv: 'Ed25519', kid: 'k', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }])
    expect(complaints(await examine(oidc(issuer.url)))).toEqual([])
    const stranger = { ...oidc(issuer.url), OIDC_API_CLIENT: 'cli_stranger' }
    await expectOnly(stranger, /^FAIL API clients: cli_stranger, whose users .* is disabled or not there/)
  })
})

const portOf = (server: { address(): unknown }): string => String((server.address() as AddressInfo).port)

describe('of this machine, the doctor sees', () => {
  test('a port that something else has', async () => {
    const { env } = await newProduction()
    await using web = createHttpServer((_request, response) => void response.end('<html>')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    await expectOnly({ ...env, PORT: portOf(web) }, /^FAIL port: something that is no gateway answers at/)
    await using rude = createServer((socket) => socket.resume().end('no HTTP\r\n\r\n')).listen(0, '127.0.0.1')
    await once(rude, 'listening')
    await expectOnly({ ...env, PORT: portOf(rude) }, /^FAIL port: \d+ is taken by something that speaks no HTTP/)
  })

  test('a host that is another machine', async () => {
    const { env } = await newProduction()
    await expectOnly({ ...env, HOST: '203.0.113.9' }, /^FAIL port: 203\.0\.113\.9 is no address of this machine/)
  })

  test('a Node.js that is too old', () => {
    expect(describeNode('24.14.1')).toMatchObject({ verdict: 'FAIL' })
    expect(describeNode('22.99.0')).toMatchObject({ verdict: 'FAIL' })
    for (const version of ['24.15.0', '24.21.0', '25.0.0'])
      expect(describeNode(version)).toMatchObject({ verdict: 'OK' })
  })

  test('a manifest whose operations do not fit', async () => {
    const { env } = await newProduction()
    const file = join(directory.path, 'manifest.json')
    const write = (body: string): void =>
      writeFileSync(
        file,
        JSON.stringify({
          format: 'apollo-persisted-query-manifest',
          version: 1,
          operations: [{ id: 'x', name: 'Who', type: 'query', body }],
        }),
      )
    const withManifest = { ...env, PERSISTED_OPERATIONS_FILE: file }
    write('query Who { viewer { client { id } } }')
    expect(complaints(await examine(withManifest))).toEqual([])
    write('query Who { viewer { shoeSize } }')
    await expectOnly(withManifest, /^FAIL operations: .*shoeSize/)
    write('query Who { __schema { queryType { name } } }')
    await expectOnly(withManifest, /^FAIL operations: .*introspection/)
  })
})

describe('faults of the configuration', () => {
  test('are all named, and what they leave clear is looked at all the same', async () => {
    const { env } = await newProduction()
    const { PUBLIC_URL: _, ...others } = env
    const examination = await examine({
      ...others,
      CONSENTGRAPH_API_KEY: 'doctor-canary',
      FISKIL_BASE_URL: 'no-address',
    })
    expect(examination.code).toBe(1)
    expect(complaints(examination)).toEqual([
      expect.stringMatching(/^FAIL FISKIL_BASE_URL: /),
      expect.stringMatching(/^FAIL PUBLIC_URL: is missing/),
      expect.stringMatching(/^FAIL CONSENTGRAPH_API_KEY: is for development only/),
      expect.stringMatching(/^WARN Fiskil: was not looked at/),
      expect.stringMatching(/^WARN public address: was not looked at/),
    ])
    expect(examination.findings).toContainEqual(expect.objectContaining({ subject: 'tables', verdict: 'OK' }))
    expect(examination.said).not.toContain('doctor-canary')
  })
})

test('whoever says nothing costs their own check only, and the look ends', async () => {
  const { env } = await newProduction()
  const sockets = new Set<Socket>()
  const mute = createServer((socket) => void sockets.add(socket.on('error', () => undefined)))
  await using server = mute.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${portOf(server)}`
  const examination = await examine({
    ...env,
    FISKIL_BASE_URL: url,
    INSURELY_BASE_URL: url,
    PORT: portOf(server),
    OIDC_ISSUER: url,
    OIDC_AUDIENCE: 'x',
    OIDC_API_CLIENT: whole.clientId,
  })
  for (const socket of sockets) socket.destroy()
  expect(complaints(examination).map((line) => line.split(':')[0])).toEqual([
    'FAIL Fiskil',
    'FAIL Insurely',
    'FAIL OIDC issuer',
    'FAIL port',
  ])
  expect(examination.findings).toContainEqual(
    expect.objectContaining({
      subject: 'Open Bank Project',
      finding: expect.stringContaining('takes the credentials'),
    }),
  )
})
