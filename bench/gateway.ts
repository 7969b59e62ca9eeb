import { execFileSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { SCOPES } from '../src/domain/api-client.ts'
import { deriveKey } from '../src/services/root-key.ts'
import { type Child, startChild } from './child.ts'
import { BENCH_TOKEN, DOUBLE_PATHS } from './double-answer.ts'
import { RETURN_TO } from './workloads.ts'

/** One installation: what every start of the gateway on its data is given. */
export interface Installation {
  readonly dataDir: string
  readonly providerUrl: string
  readonly rootKey: Buffer
  /** Of an API client with every scope. */
  readonly apiKey: string
  /** PEM: by which the gateway signs its own token for Enable Banking, as an operator's does. */
  readonly enableBankingKey: string
}

export interface RunningGateway extends Child {
  readonly port: number
}

const DAY_SECONDS = 86_400

const ROOT = join(import.meta.dirname, '..')

const storeOf = (dataDir: string, rootKey: Buffer) => ({
  CONSENTGRAPH_DATA_DIR: dataDir,
  CONSENTGRAPH_ENCRYPTION_KEYS: `bench:${rootKey.toString('base64')}`,
})

/** With an API client, made as an operator makes one. */
export const newInstallation = (dataDir: string, providerUrl: string): Installation => {
  const rootKey = randomBytes(32)
  const scopes = SCOPES.flatMap((scope) => ['--scope', scope])
  const answer = execFileSync(
    join(ROOT, 'bin/consentgraph'),
    ['client', 'create', '--name', 'Bench', ...scopes, '--return-to', RETURN_TO, '--json'],
    { env: { PATH: process.env['PATH'], ...storeOf(dataDir, rootKey) }, encoding: 'utf8' },
  )
  const { apiKey } = JSON.parse(answer) as { readonly apiKey: string }
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const enableBankingKey = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { dataDir, providerUrl, rootKey, apiKey, enableBankingKey }
}

/** RFC 8410, section 7: PKCS #8 of an Ed25519 private key up to its 32 bytes. */
const ED25519_PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** By which user tokens are verified: SPKI, DER, base64. */
export const tokenKeyOf = ({ rootKey }: Installation): string => {
  const seed = deriveKey({ id: 'bench', key: rootKey }, 'user token signing')
  const key = createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: 'der', type: 'pkcs8' })
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
}

const MODES = {
  development: () => ({}),
  production: () => ({ PUBLIC_URL: 'https://bench.example', HOST: '127.0.0.1', TOKEN_ISSUER: 'consentgraph' }),
} as const

const portOf = async ({ process: child }: Child): Promise<number> => {
  if (child.stdout === null) throw new Error('the gateway has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /GraphQL +http:\/\/[^/]+:(\d+)\/graphql/.exec(line)?.[1]
    if (port === undefined) continue
    // Read on, so that a full pipe does not stop it.
    child.stdout.resume()
    return Number(port)
  }
  throw new Error(`the gateway ended with ${child.exitCode} before it listened`)
}

/** The gateway as shipped, with every provider in use: the real connectors, calling the doubles. */
export const startGateway = async (
  installation: Installation,
  mode: keyof typeof MODES,
  nodeOptions: readonly string[] = [],
  more: Readonly<Record<string, string>> = {},
  channel = false,
): Promise<RunningGateway> => {
  const { dataDir, providerUrl, rootKey, enableBankingKey } = installation
  const env = {
    NODE_ENV: mode,
    PORT: '0',
    LOG_LEVEL: 'warn',
    ...storeOf(dataDir, rootKey),
    ENABLE_BANKING_BASE_URL: providerUrl + DOUBLE_PATHS.enableBanking,
    ENABLE_BANKING_APPLICATION_ID: 'bench',
    ENABLE_BANKING_PRIVATE_KEY: enableBankingKey,
    FISKIL_BASE_URL: providerUrl + DOUBLE_PATHS.fiskil,
    FISKIL_CLIENT_ID: 'bench',
    FISKIL_CLIENT_SECRET: 'bench',
    INSURELY_BASE_URL: providerUrl + DOUBLE_PATHS.insurely,
    INSURELY_API_KEY: BENCH_TOKEN,
    OBP_BASE_URL: providerUrl + DOUBLE_PATHS.openBankProject,
    OBP_USERNAME: 'bench',
    OBP_PASSWORD: 'bench',
    OBP_CONSUMER_KEY: 'bench',
    OBP_CONSUMER_ID: 'bench',
    OBP_MAX_TTL_SECONDS: String(90 * DAY_SECONDS),
    // Measured is what it can do, not what one client may ask.
    RATE_LIMIT_CLIENT_OPERATIONS: '0',
    RATE_LIMIT_CLIENT_MUTATIONS: '0',
    RATE_LIMIT_CLIENT_AUTHORIZATIONS: '0',
    RATE_LIMIT_USER_OPERATIONS: '0',
    RATE_LIMIT_USER_STARTS: '0',
    RATE_LIMIT_USER_ANSWERS: '0',
    RATE_LIMIT_USER_RESENDS: '0',
    ...MODES[mode](),
    ...more,
  }
  const child = startChild('src/main.js', { env, place: 'SERVER', nodeOptions, channel, readsOutput: true })
  try {
    return { ...child, port: await portOf(child) }
  } catch (error) {
    await child[Symbol.asyncDispose]()
    throw error
  }
}
