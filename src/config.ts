import { KeyObject } from 'node:crypto'
import { resolve } from 'node:path'
import type { ClientId } from './domain/ids.ts'
import { CLIENT_VARIABLES, type ClientConfig, toClientConfig } from './client-variables.ts'
import { checkProduction, checkTogether, isOnThisMachine } from './config-checks.ts'
import {
  ConfigError,
  type ConfigFault,
  createEnvironment,
  type Environment,
  type ValuesOf,
  type Variables,
} from './environment.ts'
import { OIDC_VARIABLES, TOKEN_VARIABLES } from './identity-variables.ts'
import {
  ENABLE_BANKING_VARIABLES,
  parseEnableBankingSettings,
  type EnableBankingSettings,
} from './providers/enable-banking/config.ts'
import { FISKIL_VARIABLES, parseFiskilSettings, type FiskilSettings } from './providers/fiskil/config.ts'
import { INSURELY_VARIABLES, parseInsurelySettings, type InsurelySettings } from './providers/insurely/config.ts'
import {
  OPEN_BANK_PROJECT_VARIABLES,
  parseOpenBankProjectSettings,
  type OpenBankProjectSettings,
} from './providers/open-bank-project/config.ts'
import { LIMIT_SECTIONS, readLimits } from './limit-variables.ts'
import { type ProviderTls, readProviderTls, tlsVariables } from './tls-variables.ts'
import {
  DATABASE_VARIABLES,
  LIFE_VARIABLES,
  LIMIT_VARIABLES,
  PROCESS_VARIABLES,
  PROVIDER_VARIABLES,
  STORE_VARIABLES,
  type EncryptionKey,
} from './variables.ts'

export type ProviderConfig<Settings> =
  | ({ readonly mode: 'REAL'; readonly tls?: ProviderTls } & Settings)
  | { readonly mode: 'SANDBOX' }
  | { readonly mode: 'OFF'; readonly reason: 'DISABLED' | 'NOT_CONFIGURED' }

/** `docs/configuration.md` is written from it, in this order. */
export const CONFIGURATION: readonly { readonly title: string; readonly variables: Variables }[] = [
  { title: 'Process', variables: PROCESS_VARIABLES },
  { title: 'Store, keys and the development client', variables: STORE_VARIABLES },
  { title: 'User tokens', variables: TOKEN_VARIABLES },
  { title: 'User tokens of another issuer', variables: OIDC_VARIABLES },
  { title: 'PostgreSQL', variables: DATABASE_VARIABLES },
  { title: 'Deadlines', variables: LIMIT_VARIABLES },
  { title: 'Life of consents, and how long things are kept', variables: LIFE_VARIABLES },
  ...LIMIT_SECTIONS,
  { title: 'Providers', variables: PROVIDER_VARIABLES },
  { title: 'Enable Banking', variables: { ...ENABLE_BANKING_VARIABLES, ...tlsVariables('ENABLE_BANKING') } },
  { title: 'Fiskil', variables: { ...FISKIL_VARIABLES, ...tlsVariables('FISKIL') } },
  { title: 'Open Bank Project', variables: { ...OPEN_BANK_PROJECT_VARIABLES, ...tlsVariables('OBP') } },
  { title: 'Insurely', variables: { ...INSURELY_VARIABLES, ...tlsVariables('INSURELY') } },
  { title: 'The command line, as a client', variables: CLIENT_VARIABLES },
]

export interface DatabaseConfig {
  readonly url: string
  /** Null: not encrypted. `ca` null: the authorities that Node trusts. */
  readonly tls: { readonly ca: string | null } | null
  readonly poolSize: number
  readonly statementTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  readonly nudgePollMs: number
}

export interface OidcConfig {
  readonly issuer: string
  readonly audience: string
  readonly apiClient: ClientId
  readonly userClaim: string
  readonly scopeClaim: string | null
}

export interface Config extends ReturnType<typeof readLimits> {
  readonly environment: 'development' | 'production'
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
  readonly server: {
    readonly host: string
    /** 0 takes a free one. */
    readonly port: number
    /** Without a slash at its end. Null: the address listened on. */
    readonly publicUrl: string | null
    readonly allowedOrigins: readonly string[]
    /** Whether the SDL needs no credential. */
    readonly publicSdl: boolean
    readonly trustedProxies: readonly string[]
    /** Empty: any that the guard lets through. */
    readonly routerCallbackOrigins: readonly string[]
    readonly bodyLimitBytes: number
    readonly shutdownGraceMs: number
  }
  readonly store: {
    /** Absolute. */
    readonly dataDir: string
    /** The first seals, all open. Null: one is made and kept in `dataDir`; never in production. */
    readonly encryptionKeys: readonly EncryptionKey[] | null
    /** Null: the embedded store in `dataDir`. */
    readonly database: DatabaseConfig | null
  }
  /** Of the tokens made here. */
  readonly userTokens: { readonly issuer: string; readonly audience: string }
  /** Null: no others are taken. */
  readonly oidc: OidcConfig | null
  /** Null in production, where no client is made by itself. */
  readonly developmentClient: { readonly apiKey: string | null; readonly returnTo: readonly string[] } | null
  readonly deadlines: {
    readonly operationMs: number
    readonly providerCallMs: number
    readonly readMs: number
  }
  readonly authorization: { readonly sessionLifetimeMs: number; readonly callbackGraceMs: number }
  /** Days before a consent's end at which it is announced; most first. */
  readonly expiryNoticeDays: readonly number[]
  readonly keepDays: { readonly events: number; readonly observations: number; readonly idempotency: number }
  readonly providers: {
    readonly enableBanking: ProviderConfig<EnableBankingSettings>
    readonly fiskil: ProviderConfig<FiskilSettings>
    readonly openBankProject: ProviderConfig<OpenBankProjectSettings>
    readonly insurely: ProviderConfig<InsurelySettings>
  }
}

/** Not the address listened on, which another start changes: tokens made before it stay valid. */
const DEVELOPMENT_ISSUER = 'consentgraph'

/** For a command that asks a gateway as any client does. @throws ConfigError */
export const loadClientConfig = (env: Readonly<Record<string, string | undefined>> = process.env): ClientConfig =>
  toClientConfig(createEnvironment(env))

/** Throws one `ConfigError` that names every fault. Nothing else in the gateway reads the environment. */
export const loadConfig = (env: Readonly<Record<string, string | undefined>> = process.env): Config => {
  const { config, faults } = examineConfig(env)
  if (faults.length > 0) throw new ConfigError(faults)
  return config
}

/** For who looks further than the first fault: where there are any, what they name reads as its default or as not set. */
export const examineConfig = (
  env: Readonly<Record<string, string | undefined>> = process.env,
): { readonly config: Config; readonly faults: readonly ConfigFault[] } => {
  const environment = createEnvironment(env)
  const server = environment.read(PROCESS_VARIABLES)
  const store = environment.read(STORE_VARIABLES)
  const tokens = environment.read(TOKEN_VARIABLES)
  const limits = environment.read(LIMIT_VARIABLES)
  const life = environment.read(LIFE_VARIABLES)
  const enabled = environment.read(PROVIDER_VARIABLES)
  const production = server.NODE_ENV === 'production'

  let anyProviderIsMeant = false
  const provider = <Settings>(
    on: boolean,
    variables: Variables,
    parse: (from: Environment) => Settings | null,
    prefix: string,
  ): ProviderConfig<Settings> => {
    if (!on) return { mode: 'OFF', reason: 'DISABLED' }
    const realIsMeant = Object.entries(variables).some(
      ([name, variable]) => variable.tuning !== true && environment.has(name),
    )
    anyProviderIsMeant ||= realIsMeant
    const settings = realIsMeant ? parse(environment) : null
    const tls = readProviderTls(environment, prefix)
    if (settings !== null) return { mode: 'REAL', ...settings, ...(tls !== null && { tls }) }
    return production ? { mode: 'OFF', reason: 'NOT_CONFIGURED' } : { mode: 'SANDBOX' }
  }

  const config: Config = {
    environment: production ? 'production' : 'development',
    logLevel: server.LOG_LEVEL,
    server: {
      host: server.HOST ?? (production ? '0.0.0.0' : '127.0.0.1'),
      port: server.PORT,
      publicUrl: server.PUBLIC_URL,
      allowedOrigins: server.ALLOWED_ORIGINS ?? [],
      publicSdl: server.PUBLIC_SDL ?? !production,
      trustedProxies: server.TRUSTED_PROXIES ?? [],
      routerCallbackOrigins: server.ROUTER_CALLBACK_ORIGINS ?? [],
      bodyLimitBytes: server.BODY_LIMIT_BYTES,
      shutdownGraceMs: server.SHUTDOWN_GRACE_MS,
    },
    store: {
      dataDir: resolve(store.CONSENTGRAPH_DATA_DIR),
      encryptionKeys: store.CONSENTGRAPH_ENCRYPTION_KEYS,
      database: toDatabase(environment.read(DATABASE_VARIABLES)),
    },
    userTokens: {
      issuer: tokens.TOKEN_ISSUER ?? server.PUBLIC_URL ?? DEVELOPMENT_ISSUER,
      audience: tokens.TOKEN_AUDIENCE,
    },
    oidc: readOidc(environment),
    developmentClient: production ? null : { apiKey: store.CONSENTGRAPH_API_KEY, returnTo: store.RETURN_TO ?? [] },
    deadlines: {
      operationMs: limits.OPERATION_TIMEOUT_MS,
      providerCallMs: limits.PROVIDER_CALL_DEADLINE_MS,
      readMs: limits.READ_DEADLINE_MS,
    },
    authorization: { sessionLifetimeMs: limits.SESSION_LIFETIME_MS, callbackGraceMs: limits.CALLBACK_GRACE_MS },
    expiryNoticeDays: life.EXPIRY_NOTICE_DAYS,
    keepDays: {
      events: life.EVENT_RETENTION_DAYS,
      observations: life.OBSERVATION_RETENTION_DAYS ?? Math.max(365, life.EVENT_RETENTION_DAYS),
      idempotency: life.IDEMPOTENCY_RETENTION_DAYS,
    },
    ...readLimits(environment),
    providers: {
      enableBanking: provider(
        enabled.ENABLE_BANKING_ENABLED,
        ENABLE_BANKING_VARIABLES,
        parseEnableBankingSettings,
        'ENABLE_BANKING',
      ),
      fiskil: provider(enabled.FISKIL_ENABLED, FISKIL_VARIABLES, parseFiskilSettings, 'FISKIL'),
      openBankProject: provider(enabled.OBP_ENABLED, OPEN_BANK_PROJECT_VARIABLES, parseOpenBankProjectSettings, 'OBP'),
      insurely: provider(enabled.INSURELY_ENABLED, INSURELY_VARIABLES, parseInsurelySettings, 'INSURELY'),
    },
  }
  checkTogether(environment, config)
  if (production) {
    checkProduction(environment, config)
    if (!anyProviderIsMeant) {
      const remedy = 'Set what one of them needs, and leave it on: there is no sandbox in production.'
      environment.fault(Object.keys(PROVIDER_VARIABLES).join(', '), 'leave no provider', remedy)
    }
  }
  return { config: deepFreeze(config), faults: environment.faults }
}

const readOidc = (environment: Environment): OidcConfig | null => {
  if (!Object.keys(OIDC_VARIABLES).some(environment.has)) return null
  const values = environment.read(OIDC_VARIABLES)
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_API_CLIENT: apiClient } = values
  if (issuer === null || audience === null || apiClient === null) return null
  return { issuer, audience, apiClient, userClaim: values.OIDC_USER_CLAIM, scopeClaim: values.OIDC_SCOPE_CLAIM }
}

const toDatabase = (values: ValuesOf<typeof DATABASE_VARIABLES>): DatabaseConfig | null => {
  const { DATABASE_URL: url, DATABASE_TLS: tls, DATABASE_TLS_CA: ca } = values
  if (url === null) return null
  return {
    url,
    tls: (tls ?? (isOnThisMachine(url) ? 'off' : 'verify')) === 'off' ? null : { ca },
    poolSize: values.DATABASE_POOL_SIZE,
    statementTimeoutMs: values.DATABASE_STATEMENT_TIMEOUT_MS,
    idleInTransactionTimeoutMs: values.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    nudgePollMs: values.DATABASE_POLL_MS,
  }
}

/** A `KeyObject` is immutable by itself. */
const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || value instanceof KeyObject) return value
  Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}
