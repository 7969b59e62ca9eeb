import { createSecretKey, type KeyObject } from 'node:crypto'
import {
  address,
  flag,
  listOf,
  network,
  oneOf,
  origin,
  returnAddress,
  text,
  wholeNumber,
  type Format,
  type Variables,
} from './environment.ts'

export interface EncryptionKey {
  readonly id: string
  /** 256 bits. */
  readonly key: KeyObject
}

const encryptionKey: Format<EncryptionKey> = {
  expects: '`id:key`, where the id is 1 to 32 of a-z, 0-9 and `-`, and the key is 32 bytes in base64',
  parse: (value) => {
    const [, id, encoded] = /^([a-z0-9-]{1,32}):([A-Za-z0-9+/_-]{43}=?)$/.exec(value) ?? []
    return id && encoded ? { id, key: createSecretKey(encoded, 'base64') } : undefined
  },
}

const encryptionKeys: Format<readonly EncryptionKey[]> = {
  expects: `${listOf(encryptionKey).expects}, no id twice`,
  parse: (value) => {
    const keys = listOf(encryptionKey).parse(value)
    return keys && new Set(keys.map(({ id }) => id)).size === keys.length ? keys : undefined
  },
}

const milliseconds = wholeNumber(1, 86_400_000)

export const PROCESS_VARIABLES = {
  NODE_ENV: {
    format: oneOf('development', 'test', 'production'),
    default: 'development',
    meaning: '`production` refuses what is only convenient; `test` counts as development.',
  },
  HOST: {
    format: text,
    otherwise: '`127.0.0.1` in development, `0.0.0.0` in production',
    meaning: 'Address to listen on.',
  },
  PORT: { format: wholeNumber(0, 65_535), default: '4000', meaning: 'Port to listen on; 0 takes a free one.' },
  PUBLIC_URL: {
    format: address,
    otherwise: 'in development the address listened on; needed in production, with `https`',
    meaning: 'How browsers, providers and banks reach the gateway: callbacks and links start with it.',
  },
  ALLOWED_ORIGINS: {
    format: listOf(origin),
    otherwise: "only the gateway's own",
    meaning: 'Origins whose pages may call it, by HTTP (CORS) and WebSocket.',
  },
  TRUSTED_PROXIES: {
    format: listOf(network),
    otherwise: 'none: the address is that of the connection',
    meaning:
      'Proxies whose `X-Forwarded-For` says where a request comes from. Banks are told that address, and limits count by it.',
  },
  PUBLIC_SDL: {
    format: flag,
    otherwise: '`true` in development, `false` in production',
    meaning: '`true` shows the schema, as `_service { sdl }`, to everybody; `false` to who has a credential.',
  },
  ROUTER_CALLBACK_ORIGINS: {
    format: listOf(origin),
    otherwise: 'any public address by https; in development any address',
    meaning:
      'The only origins that are called with the events of subscriptions, where a router asks for it. They may be private, and http.',
  },
  BODY_LIMIT_BYTES: {
    format: wholeNumber(1024, 16_777_216),
    default: '262144',
    unit: 'bytes',
    meaning: 'Largest request body; a larger one is refused with 413.',
  },
  SHUTDOWN_GRACE_MS: {
    format: milliseconds,
    default: '8000',
    unit: 'ms',
    meaning: 'How long requests in flight may take after SIGTERM or SIGINT.',
  },
  LOG_LEVEL: {
    format: oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    default: 'info',
    meaning: 'Least severe log line that is written.',
  },
} as const satisfies Variables

export const STORE_VARIABLES = {
  CONSENTGRAPH_DATA_DIR: {
    format: text,
    default: '.consentgraph',
    meaning: 'Folder of the embedded store, and of a key that was made.',
  },
  CONSENTGRAPH_ENCRYPTION_KEYS: {
    format: encryptionKeys,
    secret: true,
    otherwise: 'in development one is made and kept in the data folder; needed in production',
    meaning:
      'Seal secrets at rest. The first seals, all open. A new one goes behind the others first, and in front once every process has it.',
  },
  CONSENTGRAPH_API_KEY: {
    format: text,
    secret: true,
    otherwise: 'one is made at the first start and printed',
    meaning: 'API key of the development client. Refused in production.',
  },
  RETURN_TO: {
    format: listOf(returnAddress),
    otherwise: 'none',
    meaning: "The development client's registered `returnTo` addresses. Refused in production.",
  },
} as const satisfies Variables

/** Where the driver would read how to encrypt from the address itself, it would win over `DATABASE_TLS`. */
const databaseUrl: Format<string> = {
  expects: '`postgres://user:password@host:port/database`, with no parameter that begins with `ssl`',
  parse: (value) => {
    const url = URL.parse(value)
    if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.pathname.length < 2) return undefined
    if (url.hostname === '' && !url.searchParams.get('host')?.startsWith('/')) return undefined
    return [...url.searchParams.keys()].some((name) => /^ssl/i.test(name)) ? undefined : value
  },
}

export const certificates: Format<string> = {
  expects: 'certificates in PEM',
  parse: (value) => {
    const pem = value.replaceAll(String.raw`\n`, '\n')
    return /^-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----$/.test(pem) ? pem : undefined
  },
}

export const DATABASE_VARIABLES = {
  DATABASE_URL: {
    format: databaseUrl,
    secret: true,
    otherwise: 'the embedded store, for one process',
    meaning:
      'PostgreSQL 15 or newer, for several. It must be reached directly or through a pooler that pools sessions.',
  },
  DATABASE_TLS: {
    format: oneOf('verify', 'off'),
    otherwise: '`off` on loopback and sockets, else `verify`',
    meaning: "`verify` encrypts and checks the server's certificate. `off` is refused in production, but for those.",
  },
  DATABASE_TLS_CA: {
    format: certificates,
    otherwise: 'the authorities that Node trusts',
    meaning: "Who may have signed the server's certificate.",
  },
  DATABASE_POOL_SIZE: {
    format: wholeNumber(1, 1000),
    default: '10',
    meaning: 'Most connections of one process for its statements. One more listens for changes.',
  },
  DATABASE_STATEMENT_TIMEOUT_MS: {
    format: milliseconds,
    default: '5000',
    unit: 'ms',
    meaning: 'How long one statement may take before it is cancelled.',
  },
  DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: {
    format: milliseconds,
    default: '5000',
    unit: 'ms',
    meaning: 'After this, a transaction that was left alone is undone: an open one holds events back for everybody.',
  },
  DATABASE_POLL_MS: {
    format: wholeNumber(10, 60_000),
    default: '250',
    unit: 'ms',
    meaning: 'How often a process looks for what others committed without being woken.',
  },
} as const satisfies Variables

export const LIMIT_VARIABLES = {
  OPERATION_TIMEOUT_MS: {
    format: milliseconds,
    default: '15000',
    unit: 'ms',
    meaning: 'How long a query or mutation may take.',
  },
  PROVIDER_CALL_DEADLINE_MS: {
    format: milliseconds,
    default: '10000',
    unit: 'ms',
    meaning: 'How long a call that changes something at a provider may take, with its retries.',
  },
  READ_DEADLINE_MS: {
    format: milliseconds,
    default: '2000',
    unit: 'ms',
    meaning: 'How long a read waits for providers before it answers from the store.',
  },
  SESSION_LIFETIME_MS: {
    format: milliseconds,
    default: '900000',
    unit: 'ms',
    meaning: 'Life of an authorization whose provider names no end.',
  },
  CALLBACK_GRACE_MS: {
    format: milliseconds,
    default: '120000',
    unit: 'ms',
    meaning: 'After a denial came back, how long a valid code may still arrive.',
  },
} as const satisfies Variables

/** Latest first, as they come. */
const noticeDays: Format<readonly number[]> = {
  expects: 'a comma-separated list of 1 to 10 different whole numbers from 1 to 365',
  parse: (value) => {
    const days = listOf(wholeNumber(1, 365)).parse(value)
    if (days === undefined || days.length > 10 || new Set(days).size !== days.length) return undefined
    return days.toSorted((a, b) => b - a)
  },
}

export const LIFE_VARIABLES = {
  EXPIRY_NOTICE_DAYS: {
    format: noticeDays,
    default: '14,7,1',
    unit: 'days',
    meaning:
      'How long before its end a consent is announced to end, where that is less than half of its life. After a change, a consent whose next notice is planned already has that one still, and then those of the new list.',
  },
  EVENT_RETENTION_DAYS: {
    format: wholeNumber(1, 3650),
    default: '90',
    unit: 'days',
    meaning: 'How long events are kept: as far back as a stream, a poll or `Consent.history` can reach.',
  },
  OBSERVATION_RETENTION_DAYS: {
    format: wholeNumber(1, 3650),
    otherwise: '365, or `EVENT_RETENTION_DAYS` where that is more',
    unit: 'days',
    meaning:
      'How long `Consent.explain` is kept after the end of its consent; not less than `EVENT_RETENTION_DAYS`. Of a consent that lives, or whose revocation is not confirmed, nothing is removed.',
  },
  IDEMPOTENCY_RETENTION_DAYS: {
    format: wholeNumber(30, 3650),
    default: '30',
    unit: 'days',
    meaning: 'How long a request that is repeated with its `idempotencyKey` is known.',
  },
} as const satisfies Variables

const providerSwitch = {
  format: flag,
  default: 'true',
  meaning: '`false` takes this provider out of the graph, whatever else is set for it.',
} as const

export const PROVIDER_VARIABLES = {
  ENABLE_BANKING_ENABLED: providerSwitch,
  FISKIL_ENABLED: providerSwitch,
  OBP_ENABLED: providerSwitch,
  INSURELY_ENABLED: providerSwitch,
} as const satisfies Variables
