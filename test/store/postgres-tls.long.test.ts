import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inspectPostgresStore } from '../../src/store/inspection/postgres.ts'
import { openPostgresStore } from '../../src/store/postgres/open-postgres-store.ts'
import { connect, hasPostgres, type PostgresServer, startPostgres } from './postgres-server.ts'
import { storeOptions } from './postgres-store.ts'

/** Signed by itself, for the given names. */
const makeCertificate = async (directory: string, name: string, names: string): Promise<string> => {
  const [key, certificate] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)]
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=test',
      '-addext',
      `subjectAltName=${names}`,
    ].concat(['-keyout', key, '-out', certificate]),
    { stdio: 'ignore' },
  )
  const { uid, gid } = statSync(directory)
  for (const file of [key, certificate]) await chown(file, uid, gid)
  return readFileSync(certificate, 'utf8')
}

describe.skipIf(!hasPostgres)('the store, over TLS', () => {
  let server: PostgresServer
  let good: string
  let wrong: string
  const at = (host: string): string => `postgres://postgres@${host}:${server.port}/postgres`
  const open = async (url: string, ca: string | null) => {
    const store = await openPostgresStore(storeOptions(url, { tls: { ca } }))
    await store.close()
  }
  const use = async (name: string): Promise<void> => {
    await using admin = await connect(server.url())
    for (const setting of [`ssl_cert_file = '${name}.crt'`, `ssl_key_file = '${name}.key'`, 'ssl = on']) {
      await admin.client.query(`alter system set ${setting}`)
    }
    await server.stop()
    await server.start()
  }

  beforeAll(async () => {
    server = await startPostgres()
    good = await makeCertificate(server.data, 'good', 'DNS:localhost,IP:127.0.0.1')
    wrong = await makeCertificate(server.data, 'wrong', 'DNS:elsewhere.example')
    await use('good')
  })
  afterAll(() => server[Symbol.asyncDispose]())

  test.each(['localhost', '127.0.0.1'])('takes a certificate of an authority it is given, for %s', async (host) => {
    await open(at(host), good)
  })

  test('is seen to be encrypted', async () => {
    const options = storeOptions(at('localhost'), { tls: { ca: good } })
    const seen = await inspectPostgresStore(options, null, AbortSignal.timeout(10_000))
    expect(seen.server.isEncrypted).toBe(true)
    const plain = await inspectPostgresStore({ ...options, tls: null }, null, AbortSignal.timeout(10_000))
    expect(plain.server.isEncrypted).toBe(false)
  })

  test('refuses a certificate of nobody it knows', async () => {
    await expect(open(at('localhost'), null)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
  })

  test.each(['localhost', '127.0.0.1'])('refuses the certificate of another server, at %s', async (host) => {
    await use('wrong')
    await expect(open(at(host), wrong)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/does not match|not in the cert/),
    })
  })

  test('refuses a server that does not encrypt', async () => {
    await using plain = await startPostgres()
    await expect(open(plain.url(), good)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('does not support SSL'),
    })
  })
})
