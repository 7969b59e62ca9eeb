import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { CONFIGURATION, loadConfig } from '../../src/config.ts'
import { ConfigError } from '../../src/environment.ts'
import { runCli } from '../cli/cli-process.ts'
import { spawnGateway } from '../e2e/gateway-process.ts'

const CANARY = 'canary4f2a9c'
const NAMES = CONFIGURATION.flatMap(({ variables }) => Object.keys(variables))
const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const KEY_LINE = KEY.split('\n')[3]!

/** A secret in each way that it goes wrong: under the wrong name, cut off, with a line break, as part of an address or list. */
const MALFORMED = [
  CANARY,
  `${CANARY}\n`.repeat(2),
  `postgres://user:${CANARY}@`,
  `postgres://user:${CANARY}@[::bad/db`,
  `https://user:${CANARY}@host.example/?key=${CANARY}#${CANARY}`,
  `id:${CANARY}`,
  `a:${CANARY},b:${CANARY}`,
  `whsec_${CANARY}`,
  `-----BEGIN PRIVATE KEY-----\n${CANARY}\n-----END PRIVATE KEY-----`,
  `{"${CANARY}":`,
  `${CANARY}\0`,
  `/no/such/${CANARY}`,
]

const messageOf = (env: Readonly<Record<string, string>>): string => {
  try {
    loadConfig(env)
    return ''
  } catch (error) {
    // Anything else would be printed with its message.
    expect(error).toBeInstanceOf(ConfigError)
    return `${(error as Error).message}${(error as Error).stack}${JSON.stringify(error)}`
  }
}

describe('a value that does not fit is not repeated', () => {
  test.each(NAMES)('by %s', (name) => {
    const said = MALFORMED.map((value) => messageOf({ [name]: value })).join('')
    expect(said).not.toContain(CANARY)
    const inProduction = MALFORMED.map((value) => messageOf({ NODE_ENV: 'production', [name]: value })).join('')
    expect(inProduction).not.toBe('')
    expect(inProduction).not.toContain(CANARY)
  })

  test('by the file that holds it', async () => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'consentgraph-secret-'))
    for (const [index, value] of MALFORMED.entries()) {
      const file = join(directory.path, String(index))
      await writeFile(file, value)
      for (const name of NAMES) expect(messageOf({ [`${name}_FILE`]: file })).not.toContain(CANARY)
    }
  })
})

/** What whoever starts it sees, and the log. */
const failedStart = async (env: Readonly<Record<string, string>>): Promise<string> => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'consentgraph-secret-'))
  const child = spawnGateway(directory.path, env)
  const [said] = await Promise.all([
    Promise.all([text(child.stdout!), text(child.stderr!)]).then((all) => all.join('')),
    once(child, 'close'),
  ])
  expect(child.exitCode).toBe(1)
  return said
}

const BAD: readonly [name: string, env: Readonly<Record<string, string>>][] = [
  ['a database that is not there', { DATABASE_URL: `postgres://user:${CANARY}@127.0.0.1:1/db` }],
  ['a database name that is none', { DATABASE_URL: `postgres://user:${CANARY}@nowhere.invalid/db` }],
  [
    'a private key that was cut off',
    { ENABLE_BANKING_APPLICATION_ID: 'x', ENABLE_BANKING_PRIVATE_KEY: KEY.slice(0, 900) },
  ],
  [
    'a key of encryption that is too long',
    { CONSENTGRAPH_ENCRYPTION_KEYS: `k1:${CANARY}${randomBytes(32).toString('base64')}` },
  ],
]

describe('a start that fails prints no secret', () => {
  test.each(BAD)('for %s', async (_, env) => {
    const said = await failedStart(env)
    expect(said).not.toContain(CANARY)
    expect(said).not.toContain(KEY_LINE)
    expect(said).not.toContain('    at ')
  })

  test.each(BAD)('of the command line either, for %s', async (_, env) => {
    for (const command of [['doctor'], ['keys', 'status']]) {
      await using directory = await mkdtempDisposable(join(tmpdir(), 'consentgraph-secret-'))
      const { code, out, error } = await runCli(command, { CONSENTGRAPH_DATA_DIR: directory.path, ...env })
      const said = out + error
      if (command[0] !== 'doctor') expect(code).toBe(1)
      expect(said).not.toContain(CANARY)
      expect(said).not.toContain(KEY_LINE)
      expect(said).not.toContain('    at ')
    }
  })
})

test('a crash is one line of the log, without what the error says', async () => {
  await using directory = await mkdtempDisposable(join(tmpdir(), 'consentgraph-secret-'))
  const preload = join(directory.path, 'crash.mjs')
  const warning = `process.emitWarning('${CANARY}')`
  const crash = `Promise.reject(Object.assign(new Error('${CANARY}\\n    at ${CANARY}'), { token: '${CANARY}' }))`
  await writeFile(preload, `process.once('SIGUSR2', () => { ${warning}; setImmediate(() => { ${crash} }) })`)
  const child = spawnGateway(join(directory.path, 'data'), { NODE_OPTIONS: `--import ${preload}` })
  let out = ''
  let log = ''
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
  for await (const chunk of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
    out += chunk
    if (out.includes('Ctrl-C stops it')) child.kill('SIGUSR2')
  }
  if (child.exitCode === null) await once(child, 'close')
  expect(child.exitCode).toBe(1)
  const lines = log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string })
  expect(lines.map(({ event }) => event)).toEqual(expect.arrayContaining(['process.warning', 'process.uncaught']))
  expect(out + log).not.toContain(CANARY)
})
