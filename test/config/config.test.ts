import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CONFIGURATION, loadConfig } from '../../src/config.ts'
import { ConfigError } from '../../src/environment.ts'
import { FULL_TURN_MS } from '../../src/limit-variables.ts'
import { TURN_MS } from '../../src/server/turns.ts'
import { CONFIGURATION_PAGE, renderConfigurationPage } from './configuration-page.ts'

type Env = Record<string, string | undefined>

const faultsOf = (env: Env): ConfigError => {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('The configuration was accepted.')
}

const faultyVariables = (env: Env): string[] => faultsOf(env).faults.map(({ variable }) => variable)

const PRODUCTION = {
  NODE_ENV: 'production',
  PUBLIC_URL: 'https://consent.example',
  CONSENTGRAPH_DATA_DIR: '/var/lib/consentgraph',
  CONSENTGRAPH_ENCRYPTION_KEYS: `a:${randomBytes(32).toString('base64')}`,
  INSURELY_API_KEY: 'key',
}
const FISKIL = { FISKIL_CLIENT_ID: 'client', FISKIL_CLIENT_SECRET: 'fiskil-canary' }
const OBP = {
  OBP_BASE_URL: 'https://obp.example/',
  OBP_USERNAME: 'user',
  OBP_PASSWORD: 'obp-canary',
  OBP_CONSUMER_KEY: 'consumer-canary',
}
const allSandbox = [1, 2, 3, 4].map(() => ({ mode: 'SANDBOX' }))
const rsaKey = (modulusLength: number): string =>
  generateKeyPairSync('rsa', { modulusLength }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

describe('another issuer of user tokens', () => {
  const OIDC = {
    OIDC_ISSUER: 'https://issuer.example/realm/',
    OIDC_AUDIENCE: 'bank-data',
    OIDC_API_CLIENT: 'cli_shop',
  }

  test('is none, unless it is named; its name is kept to the letter', () => {
    expect(loadConfig({}).oidc).toBe(null)
    expect(loadConfig(OIDC).oidc).toEqual({
      issuer: 'https://issuer.example/realm/',
      audience: 'bank-data',
      apiClient: 'cli_shop',
      userClaim: 'sub',
      scopeClaim: null,
    })
  })

  test.each([
    [['OIDC_AUDIENCE', 'OIDC_API_CLIENT'], { OIDC_ISSUER: OIDC.OIDC_ISSUER }],
    [['OIDC_ISSUER', 'OIDC_AUDIENCE', 'OIDC_API_CLIENT'], { OIDC_USER_CLAIM: 'email' }],
    [['OIDC_ISSUER'], { ...OIDC, OIDC_ISSUER: 'http://issuer.example' }],
    [['OIDC_ISSUER'], { ...OIDC, OIDC_ISSUER: 'https://issuer.example/?a' }],
    [['OIDC_ISSUER'], { ...OIDC, OIDC_ISSUER: 'https://user:password@issuer.example' }],
    [['OIDC_API_CLIENT'], { ...OIDC, OIDC_API_CLIENT: 'shop' }],
    [['OIDC_ISSUER'], { ...OIDC, TOKEN_ISSUER: OIDC.OIDC_ISSUER }],
  ])('must be whole and sound: %j', (faulty, env) => {
    expect(faultyVariables(env)).toEqual(faulty)
  })

  test('may be on loopback, as a double is', () => {
    expect(loadConfig({ ...OIDC, OIDC_ISSUER: 'http://127.0.0.1:9' }).oidc?.issuer).toBe('http://127.0.0.1:9')
  })
})

describe('user tokens', () => {
  test.each([
    ['consentgraph', {}],
    ['https://consent.example', { PUBLIC_URL: 'https://consent.example/' }],
    ['https://tokens.example', { PUBLIC_URL: 'https://consent.example', TOKEN_ISSUER: 'https://tokens.example' }],
  ])('are issued by %s', (issuer, env) => {
    expect(loadConfig(env).userTokens).toEqual({ issuer, audience: 'consentgraph' })
  })
})

describe('the process', () => {
  test('needs nothing in development', () => {
    const config = loadConfig({})
    expect(config).toMatchObject({
      environment: 'development',
      server: { host: '127.0.0.1', port: 4000, publicUrl: null, bodyLimitBytes: 262_144 },
      store: { encryptionKeys: null },
      developmentClient: { apiKey: null, returnTo: [] },
      authorization: { sessionLifetimeMs: 900_000, callbackGraceMs: 120_000 },
    })
    expect(Object.values(config.providers)).toEqual(allSandbox)
  })

  test('counts the runner of tests as development', () => {
    expect(loadConfig({ NODE_ENV: 'test' }).environment).toBe('development')
  })

  test('reads lists, addresses and numbers', () => {
    const config = loadConfig({
      PORT: '0',
      PUBLIC_URL: 'https://bank.example/consent/',
      ALLOWED_ORIGINS: 'https://a.example, http://localhost:3000/',
      RETURN_TO: 'https://a.example/done,http://localhost:3000',
      CONSENTGRAPH_API_KEY: ' key ',
    })
    expect(config.server).toMatchObject({
      port: 0,
      publicUrl: 'https://bank.example/consent',
      allowedOrigins: ['https://a.example', 'http://localhost:3000'],
    })
    expect(config.developmentClient).toEqual({
      apiKey: 'key',
      returnTo: ['https://a.example/done', 'http://localhost:3000/'],
    })
  })

  test('is frozen to its leaves', () => {
    const { server, providers } = loadConfig({ ...FISKIL, ALLOWED_ORIGINS: 'https://a.example' })
    expect([server, server.allowedOrigins, providers, providers.fiskil].every(Object.isFrozen)).toBe(true)
  })

  test('names every fault at once', () => {
    const env = {
      PORT: '65536',
      LOG_LEVEL: 'loud',
      ALLOWED_ORIGINS: 'https://a.example/path',
      DATABASE_URL: 'postgres://x',
    }
    expect(faultyVariables({ ...env, FISKIL_CLIENT_ID: 'x' }).toSorted()).toEqual([
      'ALLOWED_ORIGINS',
      'DATABASE_URL',
      'FISKIL_CLIENT_SECRET',
      'LOG_LEVEL',
      'PORT',
    ])
    expect(faultsOf(env).message).toContain(
      'PORT must be a whole number from 0 to 65535. Correct it, or unset it for 4000.',
    )
  })

  test.each(['-1', '1.5', '0x10', '1e3', 'constructor', '99999999999999999999'])('refuses %s as a port', (PORT) => {
    expect(faultyVariables({ PORT })).toEqual(['PORT'])
  })

  test.each([
    ['0', 0],
    ['20', 20],
    ['10000', 10_000],
  ])('takes %s ms for how late the loop may be', (OVERLOAD_DELAY_MS, maxLoopDelayMs) => {
    expect(loadConfig({ OVERLOAD_DELAY_MS }).connections).toMatchObject({ maxLoopDelayMs })
  })

  test('lets no wait be too long that one full turn of the loop takes', () => expect(FULL_TURN_MS).toBe(TURN_MS))

  test.each(['1', '19', '00', '10001'])('refuses %s ms, by which each full turn of the loop is late', (delay) => {
    expect(faultsOf({ OVERLOAD_DELAY_MS: delay }).message).toContain(
      'OVERLOAD_DELAY_MS must be 0, or a whole number from 20 to 10000. Correct it, or unset it for 50.',
    )
  })

  test.each([
    'http://a.example/',
    'https://a.example/#',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://u:p@a.example',
    'https://a.example/?q=1',
    'com.example.app://back',
  ])('refuses %s as a return address', (RETURN_TO) => {
    expect(faultyVariables({ RETURN_TO })).toEqual(['RETURN_TO'])
  })

  test('refuses a deadline that outlives the operation it is part of', () => {
    expect(faultyVariables({ OPERATION_TIMEOUT_MS: '1000', PROVIDER_CALL_DEADLINE_MS: '900' })).toEqual([
      'READ_DEADLINE_MS',
    ])
  })

  test('takes the days of expiry notices in any order, latest last', () => {
    expect(loadConfig({}).expiryNoticeDays).toEqual([14, 7, 1])
    expect(loadConfig({ EXPIRY_NOTICE_DAYS: '1, 30,5' }).expiryNoticeDays).toEqual([30, 5, 1])
  })

  test.each(['0', '366', '7,7', '7;1', '-1', 'seven', '1,2,3,4,5,6,7,8,9,10,11'])(
    'refuses %s as days of expiry notices',
    (EXPIRY_NOTICE_DAYS) => {
      expect(faultyVariables({ EXPIRY_NOTICE_DAYS })).toEqual(['EXPIRY_NOTICE_DAYS'])
    },
  )
})

describe('PostgreSQL', () => {
  const FAR = 'postgres://user:canary@db.example:5432/consents'

  test('is used where its address is set', () => {
    expect(loadConfig({ DATABASE_POOL_SIZE: '3' }).store.database).toBeNull()
    expect(loadConfig({ DATABASE_URL: FAR, DATABASE_POOL_SIZE: '3' }).store.database).toEqual({
      url: FAR,
      tls: { ca: null },
      poolSize: 3,
      statementTimeoutMs: 5_000,
      idleInTransactionTimeoutMs: 5_000,
      nudgePollMs: 250,
    })
  })

  test.each([
    'postgres://user@localhost/consents',
    'postgresql://user@127.0.0.1:5433/consents',
    'postgres:///consents?host=/run/postgresql',
  ])('needs no encryption at %s', (DATABASE_URL) => {
    expect(loadConfig({ ...PRODUCTION, DATABASE_URL }).store.database?.tls).toBeNull()
    expect(loadConfig({ DATABASE_URL, DATABASE_TLS: 'verify' }).store.database?.tls).toEqual({ ca: null })
  })

  test('is encrypted elsewhere in production', () => {
    const env = { DATABASE_URL: FAR, DATABASE_TLS: 'off' }
    expect(loadConfig(env).store.database?.tls).toBeNull()
    expect(faultyVariables({ ...PRODUCTION, ...env })).toEqual(['DATABASE_TLS'])
  })

  test('takes an authority of its own', () => {
    const ca = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'
    for (const DATABASE_TLS_CA of [ca, ca.replaceAll('\n', String.raw`\n`)]) {
      expect(loadConfig({ DATABASE_URL: FAR, DATABASE_TLS_CA }).store.database?.tls).toEqual({ ca })
    }
    expect(faultyVariables({ DATABASE_URL: FAR, DATABASE_TLS_CA: 'AAAA' })).toEqual(['DATABASE_TLS_CA'])
  })

  test.each([
    'mysql://user@localhost/consents',
    'postgres://user@localhost',
    'postgres:///consents',
    `${FAR}?sslmode=disable`,
    `${FAR}?ssl=0`,
  ])('refuses the address %s', (DATABASE_URL) => {
    expect(faultyVariables({ DATABASE_URL })).toEqual(['DATABASE_URL'])
    expect(faultsOf({ DATABASE_URL }).message).not.toContain('canary')
  })
})

describe('production', () => {
  test('starts with an address and a key', () => {
    const config = loadConfig(PRODUCTION)
    expect(config).toMatchObject({ environment: 'production', server: { host: '0.0.0.0' }, developmentClient: null })
    expect(config.store.encryptionKeys?.map(({ id, key }) => [id, key.symmetricKeySize])).toEqual([['a', 32]])
    expect(config.providers.fiskil).toEqual({ mode: 'OFF', reason: 'NOT_CONFIGURED' })
  })

  test('refuses what is only convenient', () => {
    expect(
      faultyVariables({ NODE_ENV: 'production', CONSENTGRAPH_API_KEY: 'key', RETURN_TO: 'https://a.example/' }),
    ).toEqual([
      'PUBLIC_URL',
      'CONSENTGRAPH_ENCRYPTION_KEYS',
      'CONSENTGRAPH_DATA_DIR',
      'CONSENTGRAPH_API_KEY',
      'RETURN_TO',
      'ENABLE_BANKING_ENABLED, FISKIL_ENABLED, OBP_ENABLED, INSURELY_ENABLED',
    ])
    expect(faultyVariables({ ...PRODUCTION, PUBLIC_URL: 'http://consent.example' })).toEqual(['PUBLIC_URL'])
  })

  test('keeps what it stores in a place that is named', () => {
    const unnamed = { ...PRODUCTION, CONSENTGRAPH_DATA_DIR: undefined }
    expect(faultyVariables(unnamed)).toEqual(['CONSENTGRAPH_DATA_DIR'])
    expect(loadConfig({ ...unnamed, DATABASE_URL: 'postgres://user@localhost/consents' })).toBeDefined()
    expect(faultyVariables({ ...unnamed, DATABASE_URL: 'mysql://x' })).toEqual(['DATABASE_URL'])
  })

  test('needs a provider', () => {
    const names = 'ENABLE_BANKING_ENABLED, FISKIL_ENABLED, OBP_ENABLED, INSURELY_ENABLED'
    expect(faultyVariables({ ...PRODUCTION, INSURELY_API_KEY: undefined })).toEqual([names])
    expect(faultyVariables({ ...PRODUCTION, INSURELY_ENABLED: 'false' })).toEqual([names])
    // What one of them lacks is told by its own name.
    expect(faultyVariables({ ...PRODUCTION, INSURELY_API_KEY: undefined, FISKIL_CLIENT_ID: 'x' })).toEqual([
      'FISKIL_CLIENT_SECRET',
    ])
  })

  test('sends credentials in the clear to loopback only', () => {
    expect(faultyVariables({ ...PRODUCTION, ...OBP, OBP_BASE_URL: 'http://obp.example' })).toEqual(['OBP_BASE_URL'])
    const { openBankProject } = loadConfig({ ...PRODUCTION, ...OBP, OBP_BASE_URL: 'http://127.0.0.1:8080' }).providers
    expect(openBankProject).toMatchObject({ mode: 'REAL', baseUrl: 'http://127.0.0.1:8080' })
  })

  test.each(['short:AAAA', 'noid', `a:${'A'.repeat(43)},a:${'B'.repeat(43)}`])('refuses the keys %s', (keys) => {
    expect(faultyVariables({ ...PRODUCTION, CONSENTGRAPH_ENCRYPTION_KEYS: keys })).toEqual([
      'CONSENTGRAPH_ENCRYPTION_KEYS',
    ])
  })
})

describe('a provider', () => {
  test('is real with its credentials', () => {
    expect(loadConfig({ ...FISKIL, ...OBP, INSURELY_API_KEY: 'key' }).providers).toEqual({
      enableBanking: { mode: 'SANDBOX' },
      fiskil: {
        mode: 'REAL',
        baseUrl: 'https://api.fiskil.com',
        clientId: 'client',
        clientSecret: 'fiskil-canary',
        webhookSecret: null,
        apiVersion: 'v3',
      },
      openBankProject: {
        mode: 'REAL',
        baseUrl: 'https://obp.example',
        username: 'user',
        password: 'obp-canary',
        consumerKey: 'consumer-canary',
        consumerId: null,
        maxTtlSeconds: 3600,
        psd2Cert: null,
      },
      insurely: {
        mode: 'REAL',
        baseUrl: 'https://api.insurely.com',
        apiKey: 'key',
        webhookSecret: null,
        version: '2026-04-01',
      },
    })
  })

  test('is out when it is switched off, whatever else is set', () => {
    const { fiskil } = loadConfig({ FISKIL_ENABLED: 'false', FISKIL_CLIENT_ID: 'client' }).providers
    expect(fiskil).toEqual({ mode: 'OFF', reason: 'DISABLED' })
  })

  test('stays its sandbox when it is only tuned', () => {
    const env = { OBP_MAX_TTL_SECONDS: '600', FISKIL_API_VERSION: 'v2', INSURELY_VERSION: '2026-04-01' }
    expect(Object.values(loadConfig(env).providers)).toEqual(allSandbox)
  })

  test('shows a certificate only with its own key, and none that is not one', () => {
    const pem = (name: string): string => readFileSync(new URL(`../upstream/tls/${name}`, import.meta.url), 'utf8')
    const [cert, key, otherKey] = [pem('client.crt'), pem('client.key'), pem('server.key')]
    const { fiskil } = loadConfig({ ...FISKIL, FISKIL_TLS_CERT: cert, FISKIL_TLS_KEY: key }).providers
    expect(fiskil).toMatchObject({ mode: 'REAL', tls: { cert: cert.trim(), key: key.trim() } })
    expect(loadConfig(FISKIL).providers.fiskil).not.toHaveProperty('tls')
    expect(faultyVariables({ ...FISKIL, FISKIL_TLS_CERT: cert })).toEqual(['FISKIL_TLS_CERT'])
    expect(faultyVariables({ ...FISKIL, FISKIL_TLS_KEY: key })).toEqual(['FISKIL_TLS_KEY'])
    expect(faultyVariables({ ...FISKIL, FISKIL_TLS_CERT: cert, FISKIL_TLS_KEY: otherKey })).toEqual(['FISKIL_TLS_KEY'])
    expect(faultyVariables({ ...FISKIL, FISKIL_TLS_CA: 'x', FISKIL_TLS_CERT: cert, FISKIL_TLS_KEY: 'canary' })).toEqual(
      ['FISKIL_TLS_CA', 'FISKIL_TLS_KEY'],
    )
  })

  test('names the credentials that are missing', () => {
    expect(faultyVariables({ OBP_USERNAME: 'user' })).toEqual(['OBP_BASE_URL', 'OBP_PASSWORD', 'OBP_CONSUMER_KEY'])
    expect(faultyVariables({ INSURELY_BASE_URL: 'http://127.0.0.1:1' })).toEqual(['INSURELY_API_KEY'])
    expect(faultyVariables({ ENABLE_BANKING_APPLICATION_ID: 'app' })).toEqual(['ENABLE_BANKING_PRIVATE_KEY'])
    expect(faultyVariables({ ENABLE_BANKING_BASE_URL: 'http://127.0.0.1:1' })).toEqual([
      'ENABLE_BANKING_APPLICATION_ID',
      'ENABLE_BANKING_PRIVATE_KEY',
    ])
  })

  test('takes a key on one line and gives it as PKCS #8', () => {
    const env = {
      ENABLE_BANKING_APPLICATION_ID: 'app',
      ENABLE_BANKING_PRIVATE_KEY: rsaKey(2048).replaceAll('\n', String.raw`\n`),
    }
    expect(loadConfig(env).providers.enableBanking).toMatchObject({
      mode: 'REAL',
      credential: {
        kind: 'KEY',
        applicationId: 'app',
        privateKey: expect.stringMatching(/^-----BEGIN PRIVATE KEY-----\n/),
      },
    })
  })

  test('takes a ready JWT, but not beside a key', () => {
    expect(loadConfig({ ENABLE_BANKING_JWT: 'e30.e30.c2ln' }).providers.enableBanking).toMatchObject({
      credential: { kind: 'JWT', jwt: 'e30.e30.c2ln' },
    })
    const both = { ENABLE_BANKING_JWT: 'e30.e30.c2ln', ENABLE_BANKING_PRIVATE_KEY: rsaKey(2048) }
    expect(faultyVariables(both)).toEqual(['ENABLE_BANKING_JWT'])
  })

  test('refuses a weak key and a certificate that is none', () => {
    expect(faultyVariables({ ENABLE_BANKING_APPLICATION_ID: 'app', ENABLE_BANKING_PRIVATE_KEY: rsaKey(1024) })).toEqual(
      ['ENABLE_BANKING_PRIVATE_KEY'],
    )
    expect(faultyVariables({ ...OBP, OBP_PSD2_CERT: '-----BEGIN CERTIFICATE-----' })).toEqual(['OBP_PSD2_CERT'])
  })

  test.each(['a,b', 'a"b', '"a"', 'pässword', 'a,consumer_key=b'])(
    'refuses %s where the DirectLogin header could not carry it, and does not show it',
    (value) => {
      for (const name of ['OBP_USERNAME', 'OBP_PASSWORD', 'OBP_CONSUMER_KEY']) {
        expect(faultyVariables({ ...OBP, [name]: value })).toEqual([name])
      }
      expect(() => loadConfig({ ...OBP, OBP_PASSWORD: value })).toThrow(/OBP_PASSWORD must be ASCII text .* comma/)
      expect(() => loadConfig({ ...OBP, OBP_PASSWORD: value })).not.toThrow(value)
    },
  )

  test("takes every other sign in the words of Open Bank Project's login", () => {
    const password = String.raw`!#$%&'()*+-./:;<=>?@[\]^_\`{|}~ aZ9`
    const { openBankProject } = loadConfig({ ...OBP, OBP_PASSWORD: password }).providers
    expect(openBankProject).toMatchObject({ mode: 'REAL', password })
  })
})

describe('a file', () => {
  test('gives the value of the variable that names it', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-'))
    const path = join(folder.path, 'secret')
    writeFileSync(path, 'from-file\n')
    const { fiskil } = loadConfig({ FISKIL_CLIENT_ID: 'client', FISKIL_CLIENT_SECRET_FILE: path }).providers
    expect(fiskil).toMatchObject({ mode: 'REAL', clientSecret: 'from-file' })
    expect(faultyVariables({ ...FISKIL, FISKIL_CLIENT_SECRET_FILE: path })).toEqual(['FISKIL_CLIENT_SECRET'])
  })

  test('that is missing or empty is named once, by its own variable', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-'))
    const empty = join(folder.path, 'empty')
    writeFileSync(empty, '\n')
    for (const path of [empty, join(folder.path, 'nowhere')]) {
      expect(faultyVariables({ FISKIL_CLIENT_ID: 'client', FISKIL_CLIENT_SECRET_FILE: path })).toEqual([
        'FISKIL_CLIENT_SECRET_FILE',
      ])
    }
  })
})

describe('the tables', () => {
  const all = CONFIGURATION.flatMap(({ variables }) => Object.entries(variables))

  test('hold each name once, and defaults that their own format takes', () => {
    expect(new Set(all.map(([name]) => name)).size).toBe(all.length)
    for (const [name, { format, default: text }] of all) {
      if (text !== undefined) expect(format.parse(text), name).toBeDefined()
    }
  })

  test('never let a value into a fault', () => {
    const canary = 'canary\u0001|value'
    const faulty = faultsOf(Object.fromEntries(all.map(([name]) => [name, canary])))
    expect(faulty.faults.length).toBeGreaterThan(all.length / 2)
    expect(JSON.stringify([faulty.message, faulty.faults, String(faulty.cause)])).not.toContain('canary')
    expect(faultsOf({ ...OBP, PORT: 'x' }).message).not.toContain('canary')
  })

  test('are what docs/configuration.md says', () => {
    expect(readFileSync(CONFIGURATION_PAGE, 'utf8')).toBe(renderConfigurationPage())
  })
})
