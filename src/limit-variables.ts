import {
  type Environment,
  flag,
  type Format,
  type ValuesOf,
  type Variables,
  wholeNumber,
  zeroOrFrom,
} from './environment.ts'

export const OPERATION_LIMIT_VARIABLES = {
  GRAPHQL_MAX_TOKENS: { format: wholeNumber(100, 100_000), default: '2000', meaning: 'Most tokens in one document.' },
  GRAPHQL_MAX_DEPTH: { format: wholeNumber(1, 100), default: '15', meaning: 'Deepest nesting of fields.' },
  GRAPHQL_MAX_ROOT_FIELDS: { format: wholeNumber(1, 1000), default: '10', meaning: 'Most fields at the root.' },
  GRAPHQL_MAX_BREADTH: { format: wholeNumber(1, 10_000), default: '100', meaning: 'Most fields in one selection.' },
  GRAPHQL_MAX_FIELDS: { format: wholeNumber(1, 100_000), default: '500', meaning: 'Most fields in one operation.' },
  GRAPHQL_MAX_ALIASES: { format: wholeNumber(0, 1000), default: '30', meaning: 'Most aliases in one operation.' },
  GRAPHQL_MAX_ALIAS_LENGTH: { format: wholeNumber(1, 1000), default: '100', meaning: 'Most characters of an alias.' },
  GRAPHQL_MAX_DIRECTIVES: {
    format: wholeNumber(0, 1000),
    default: '100',
    meaning: 'Most directives in one operation.',
  },
  GRAPHQL_MAX_COST: { format: wholeNumber(1, 1_000_000), default: '5000', meaning: 'Highest cost of one operation.' },
  GRAPHQL_MAX_LIST_ITEMS: {
    format: wholeNumber(1, 100_000),
    default: '1000',
    meaning: 'Most items of a list in the variables.',
  },
  GRAPHQL_MAX_INPUT_DEPTH: {
    format: wholeNumber(1, 100),
    default: '12',
    meaning: 'Deepest nesting of lists and objects in the variables.',
  },
} as const satisfies Variables

const toOperationLimits = (values: ValuesOf<typeof OPERATION_LIMIT_VARIABLES>) => ({
  maxTokens: values.GRAPHQL_MAX_TOKENS,
  maxDepth: values.GRAPHQL_MAX_DEPTH,
  maxRootFields: values.GRAPHQL_MAX_ROOT_FIELDS,
  maxBreadth: values.GRAPHQL_MAX_BREADTH,
  maxFields: values.GRAPHQL_MAX_FIELDS,
  maxAliases: values.GRAPHQL_MAX_ALIASES,
  maxAliasLength: values.GRAPHQL_MAX_ALIAS_LENGTH,
  maxDirectives: values.GRAPHQL_MAX_DIRECTIVES,
  maxCost: values.GRAPHQL_MAX_COST,
  maxListItems: values.GRAPHQL_MAX_LIST_ITEMS,
  maxInputDepth: values.GRAPHQL_MAX_INPUT_DEPTH,
})

interface RegisteredOperation {
  readonly id: string
  readonly name: string
  readonly body: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const toOperation = (value: unknown): RegisteredOperation | undefined => {
  if (!isRecord(value)) return undefined
  const { id, name, body } = value
  const isWhole = typeof id === 'string' && id !== '' && typeof name === 'string' && typeof body === 'string'
  return isWhole ? { id, name, body } : undefined
}

const manifest: Format<readonly RegisteredOperation[]> = {
  expects:
    'a manifest in JSON, `{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id", "name", "type", "body"}]}`, no id twice',
  parse: (value) => {
    let given: unknown
    try {
      given = JSON.parse(value)
    } catch {
      // Said by what is expected.
      return undefined
    }
    if (!isRecord(given) || given['format'] !== 'apollo-persisted-query-manifest' || given['version'] !== 1)
      return undefined
    if (!Array.isArray(given['operations'])) return undefined
    const operations = given['operations'].map(toOperation)
    if (!operations.every((operation) => operation !== undefined)) return undefined
    return new Set(operations.map(({ id }) => id)).size === operations.length ? operations : undefined
  },
}

const PERSISTED_VARIABLES = {
  PERSISTED_OPERATIONS: {
    format: manifest,
    otherwise: 'none',
    meaning:
      'Operations that may be asked for by id. Usually `PERSISTED_OPERATIONS_FILE`, a file that `consentgraph manifest` wrote.',
  },
  PERSISTED_OPERATIONS_ONLY: {
    format: flag,
    default: 'false',
    meaning: '`true` runs no other operations than those, on every transport.',
  },
} as const satisfies Variables

/** Null: none, and every operation may be asked. */
const readPersisted = (environment: Environment) => {
  const { PERSISTED_OPERATIONS: operations, PERSISTED_OPERATIONS_ONLY: only } = environment.read(PERSISTED_VARIABLES)
  if (operations === null && only && !environment.has('PERSISTED_OPERATIONS')) {
    const remedy = 'Set PERSISTED_OPERATIONS_FILE, or unset it: nothing could be asked.'
    environment.fault('PERSISTED_OPERATIONS_ONLY', 'is set without a manifest', remedy)
  }
  return operations === null ? null : { operations, only }
}

/** What `src/server/turns.ts` lets one turn of the event loop take: a test holds them equal. */
export const FULL_TURN_MS = 20

export const CONNECTION_LIMIT_VARIABLES = {
  MAX_OPERATIONS_IN_FLIGHT: {
    format: wholeNumber(1, 1_000_000),
    default: '5000',
    meaning: 'Most operations that one process is at work on, whatever they wait for; more are refused with 503.',
  },
  OVERLOAD_DELAY_MS: {
    format: zeroOrFrom(FULL_TURN_MS, 10_000),
    default: '50',
    unit: 'ms',
    meaning: `How late the event loop may be before new operations are refused with 503, once 100 are in flight. 0: however late. A turn that is full takes ${FULL_TURN_MS} ms: with less, each would be too late.`,
  },
  MAX_CONNECTIONS: {
    format: wholeNumber(10, 1_000_000),
    default: '20000',
    meaning: 'Most connections of one process, of every kind; more are closed at once.',
  },
  MAX_SOCKETS: {
    format: wholeNumber(1, 1_000_000),
    default: '10000',
    meaning: 'Most WebSockets, event streams and subscriptions by callback of one process; more are refused with 503.',
  },
  MAX_SOCKETS_PER_CLIENT: {
    format: wholeNumber(1, 1_000_000),
    default: '5000',
    meaning:
      'Most WebSockets, event streams and subscriptions by callback of one API client at one process, its user tokens included.',
  },
  MAX_OPERATIONS_PER_SOCKET: {
    format: wholeNumber(1, 100_000),
    default: '100',
    meaning: 'Most operations that are open at once on one WebSocket.',
  },
  MAX_SUBSCRIPTIONS_PER_CLIENT: {
    format: wholeNumber(1, 1_000_000),
    default: '20000',
    meaning: 'Most subscriptions of one API client that are open at once at one process, over all transports.',
  },
} as const satisfies Variables

const toConnectionLimits = (values: ValuesOf<typeof CONNECTION_LIMIT_VARIABLES>) => ({
  maxInFlight: values.MAX_OPERATIONS_IN_FLIGHT,
  maxLoopDelayMs: values.OVERLOAD_DELAY_MS,
  maxConnections: values.MAX_CONNECTIONS,
  maxSockets: values.MAX_SOCKETS,
  maxSocketsPerClient: values.MAX_SOCKETS_PER_CLIENT,
  maxOperationsPerSocket: values.MAX_OPERATIONS_PER_SOCKET,
  maxSubscriptionsPerClient: values.MAX_SUBSCRIPTIONS_PER_CLIENT,
})

/** 0 takes a limit away. */
const many = wholeNumber(0, 1_000_000)

export const RATE_LIMIT_VARIABLES = {
  RATE_LIMIT_CLIENT_OPERATIONS: {
    format: many,
    default: '60000',
    meaning: 'Queries, subscriptions and fields of mutations per minute of one API client, its user tokens included.',
  },
  RATE_LIMIT_CLIENT_MUTATIONS: {
    format: many,
    default: '6000',
    meaning: 'Fields of mutations per minute of one API client.',
  },
  RATE_LIMIT_CLIENT_AUTHORIZATIONS: {
    format: many,
    default: '1200',
    meaning: 'Starts, renewals, answers, resends and completions per minute of one API client.',
  },
  RATE_LIMIT_CLIENT_TOKENS: { format: many, default: '3000', meaning: 'User tokens per minute of one API client.' },
  RATE_LIMIT_USER_OPERATIONS: {
    format: many,
    default: '1200',
    meaning: 'Operations per minute with the user tokens of one user.',
  },
  RATE_LIMIT_USER_STARTS: {
    format: many,
    default: '60',
    meaning: 'Starts and renewals per hour for one user, whoever asks.',
  },
  RATE_LIMIT_USER_ANSWERS: {
    format: many,
    default: '120',
    meaning: 'Answers to challenges per hour for one user, whoever answers.',
  },
  RATE_LIMIT_USER_RESENDS: {
    format: many,
    default: '30',
    meaning: 'Resent challenges per hour for one user, whoever asks.',
  },
  RATE_LIMIT_USER_TOKENS: { format: many, default: '600', meaning: 'User tokens per hour for one user.' },
  RATE_LIMIT_FAILED_CREDENTIALS: {
    format: many,
    default: '60',
    meaning:
      'Wrong credentials per minute from one address, counted in each process. One that was good before is let in still.',
  },
} as const satisfies Variables

const toRateLimits = (values: ValuesOf<typeof RATE_LIMIT_VARIABLES>) => ({
  clientOperations: values.RATE_LIMIT_CLIENT_OPERATIONS,
  clientMutations: values.RATE_LIMIT_CLIENT_MUTATIONS,
  clientAuthorizations: values.RATE_LIMIT_CLIENT_AUTHORIZATIONS,
  clientTokens: values.RATE_LIMIT_CLIENT_TOKENS,
  userOperations: values.RATE_LIMIT_USER_OPERATIONS,
  userStarts: values.RATE_LIMIT_USER_STARTS,
  userAnswers: values.RATE_LIMIT_USER_ANSWERS,
  userResends: values.RATE_LIMIT_USER_RESENDS,
  userTokens: values.RATE_LIMIT_USER_TOKENS,
  failedCredentials: values.RATE_LIMIT_FAILED_CREDENTIALS,
})

/** For the documentation, in this order. */
export const LIMIT_SECTIONS = [
  { title: 'Limits of an operation', variables: OPERATION_LIMIT_VARIABLES },
  { title: 'Persisted operations', variables: PERSISTED_VARIABLES },
  { title: 'Limits of connections', variables: CONNECTION_LIMIT_VARIABLES },
  { title: 'Rate limits', variables: RATE_LIMIT_VARIABLES },
] as const

export const readLimits = (environment: Environment) => ({
  graphql: toOperationLimits(environment.read(OPERATION_LIMIT_VARIABLES)),
  persisted: readPersisted(environment),
  connections: toConnectionLimits(environment.read(CONNECTION_LIMIT_VARIABLES)),
  rateLimits: toRateLimits(environment.read(RATE_LIMIT_VARIABLES)),
})
