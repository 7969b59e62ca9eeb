import { EventEmitter, once } from 'node:events'
import { buildSchema, type GraphQLFieldResolver, isObjectType } from 'graphql'
import { GatewayError } from '../../src/domain/errors.ts'
import type { Fault } from '../../src/graphql/pipeline/error-mask.ts'
import { createPipeline, type PipelineOptions } from '../../src/graphql/pipeline/pipeline.ts'
import type { OperationReport, OperationRequest } from '../../src/graphql/pipeline/request.ts'
import { createServer } from '../../src/server/server.ts'
import type { ServerOptions } from '../../src/server/server-options.ts'

const SDL = /* GraphQL */ `
  type Query {
    hello(name: String = "world"): String!
    whoami: String
    requestId: String!
    "True where Apollo's pipeline runs the operation: it copies the context."
    throughApollo: Boolean!
    fails(with: Fault!): String
    needsAll(with: Fault!): String!
    slow: String
    stuck: String
    things(first: Int = 20, after: String): ThingConnection!
    nodes(ids: [ID!]!): [Thing]!
    pick(by: By!): String
  }
  input By @oneOf {
    id: ID
    name: String
  }
  type Thing {
    id: ID!
    parent: Thing
    children(first: Int = 20): ThingConnection!
    tags: [Tag!]!
  }
  type Tag {
    name: String!
  }
  type ThingConnection {
    nodes: [Thing!]!
  }
  enum Fault {
    GATEWAY
    RATE
    BUG
    STORE
    UNAUTHENTICATED
  }
  type Mutation {
    bump: Int!
    slowBump: Int!
  }
  type Subscription {
    "What subscribes alone looks at where it begins."
    ticks(fail: Fault, from: Int): Tick!
    refused: Tick!
    never: Tick!
  }
  type Tick {
    at: Int!
    fails(with: Fault!): String
    executions: Int!
    text(length: Int! = 1): String!
  }
`

export interface TestContext {
  readonly requestId: string
  readonly request: OperationRequest
  readonly key: string
  self?: TestContext
}

/** A secret that must not reach a caller in any message. */
export const CANARY = 'canary-4f1c-secret'

const faultOf = (kind: string): Error => {
  switch (kind) {
    case 'GATEWAY':
      return new GatewayError('PROVIDER_TIMEOUT', {
        path: ['input', 'x'],
        providerCode: 'P-1',
        cause: new Error(CANARY),
      })
    case 'RATE':
      return new GatewayError('RATE_LIMITED', { retryAt: new Date(Date.now() + 30_000) })
    case 'STORE':
      return new GatewayError('STORE_UNAVAILABLE', { cause: new Error(CANARY) })
    case 'UNAUTHENTICATED':
      return new GatewayError('UNAUTHENTICATED')
    default:
      return new Error(`bug with ${CANARY}`)
  }
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly faults: Fault[]
  readonly reports: OperationReport[]
  readonly contexts: OperationRequest[]
  /** Emits `slow` when the slow resolver has begun, and `tick` to subscribers; emit `release` to let it end. */
  readonly events: EventEmitter
  readonly server: ReturnType<typeof createServer<TestContext>>
  tick(at: number): void
  /** How many times ticks were executed. */
  executions(): number
  close(graceMs: number): Promise<void>
}

export interface TestGatewayOptions {
  readonly pipeline?: Partial<PipelineOptions<TestContext>>
  readonly server?: Partial<ServerOptions<TestContext>>
  readonly expiresAt?: Date | null
}

/** A real server over a small schema. Key `Bearer good...` is let in; others are not; none at all is let in as `anonymous`. */
export const startGateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const events = new EventEmitter().setMaxListeners(0)
  const faults: Fault[] = []
  const reports: OperationReport[] = []
  const contexts: OperationRequest[] = []
  let executions = 0
  let bumped = 0

  const released = async (signal: AbortSignal): Promise<string> => {
    events.emit('slow')
    await once(events, 'release', { signal })
    return 'done'
  }

  async function* ticks(signal: AbortSignal, fail: string | undefined): AsyncGenerator {
    const queue: unknown[] = []
    let wake = Promise.withResolvers<void>()
    const push = (tick: unknown): void => {
      queue.push(tick)
      wake.resolve()
    }
    const stop = (): void => wake.resolve()
    events.on('tick', push)
    signal.addEventListener('abort', stop)
    events.emit('subscribed')
    try {
      while (!signal.aborted) {
        const next = queue.shift()
        if (next !== undefined) {
          if (fail !== undefined) throw faultOf(fail)
          yield next
          continue
        }
        await wake.promise
        wake = Promise.withResolvers<void>()
      }
    } finally {
      events.off('tick', push)
      signal.removeEventListener('abort', stop)
      events.emit('unsubscribed')
    }
  }

  const schema = buildSchema(SDL)
  const resolve = (path: string, resolver: GraphQLFieldResolver<never, TestContext>): void => {
    const [typeName = '', fieldName = ''] = path.split('.')
    const type = schema.getType(typeName)
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined
    if (field === undefined) throw new Error(path)
    if (typeName === 'Subscription') {
      field.subscribe = resolver as GraphQLFieldResolver<unknown, TestContext>
      field.resolve = (event) => event
    } else field.resolve = resolver as GraphQLFieldResolver<unknown, TestContext>
  }
  const thing = (id: string) => ({ id, parent: null, tags: [] })
  const page = (_: unknown, { first }: { first: number }) => ({
    nodes: Array.from({ length: Math.min(first, 3) }, (__, i) => thing(`t${i}`)),
  })
  resolve('Query.hello', (_, { name }: { name: string }) => `hello ${name}`)
  resolve('Query.whoami', (_, __, { key }) => key)
  resolve('Query.requestId', (_, __, { requestId }) => requestId)
  resolve('Query.throughApollo', (_, __, context) => context.self !== context)
  resolve('Query.fails', (_, args: { with: string }) => {
    throw faultOf(args.with)
  })
  resolve('Query.needsAll', async (_, args: { with: string }) => {
    throw faultOf(args.with)
  })
  resolve('Query.slow', (_, __, { request }) => released(request.signal))
  resolve('Query.stuck', () => new Promise(() => {}))
  resolve('Query.things', page)
  resolve('Thing.children', page)
  resolve('Query.nodes', (_, { ids }: { ids: readonly string[] }) => ids.map(thing))
  resolve('Query.pick', (_, { by }: { by: Record<string, unknown> }) => Object.keys(by).join())
  resolve('Mutation.bump', () => (bumped += 1))
  resolve('Mutation.slowBump', async (_, __, { request }) => {
    await released(request.signal)
    return (bumped += 1)
  })
  resolve('Subscription.ticks', (_, { fail }: { fail?: string }, { request }) => ticks(request.signal, fail))
  resolve('Subscription.never', (_, __, { request }) => ticks(request.signal, undefined))
  resolve('Subscription.refused', () => {
    throw faultOf('BUG')
  })
  resolve('Tick.fails', (_, args: { with: string }) => {
    throw faultOf(args.with)
  })
  resolve('Tick.executions', () => (executions += 1))
  resolve('Tick.text', (_, { length }: { length: number }) => 'å'.repeat(length))

  const pipeline = createPipeline<TestContext>({
    schema,
    development: true,
    operationTimeoutMs: 10_000,
    onFault: (fault) => faults.push(fault),
    onOperation: (report) => reports.push(report),
    ...options.pipeline,
  })
  let minted = 0
  const server = createServer<TestContext>({
    pipeline,
    contextFor: async (request) => {
      contexts.push(request)
      if (request.authorization?.includes('store') === true) throw faultOf('STORE')
      if (request.authorization?.includes('rate') === true) throw faultOf('RATE')
      if (request.authorization?.includes('bug') === true) throw faultOf('BUG')
      if (request.authorization !== null && !request.authorization.startsWith('Bearer good')) {
        throw faultOf('UNAUTHENTICATED')
      }
      const context: TestContext = { requestId: request.requestId, request, key: request.authorization ?? 'anonymous' }
      context.self = context
      return context
    },
    expiresAt: () => options.expiresAt ?? null,
    clientOf: ({ key }) => key,
    newRequestId: () => {
      minted += 1
      return `req_minted${minted}`
    },
    allowedOrigins: ['https://app.example.com'],
    readiness: {},
    ...options.server,
  })
  await pipeline.start()
  const { port, url } = await server.listen(0, '127.0.0.1')
  let closing: Promise<void> | undefined
  const close = (graceMs: number): Promise<void> => {
    closing ??= server.close(graceMs).then(() => pipeline.stop())
    return closing
  }
  return {
    url,
    port,
    faults,
    reports,
    contexts,
    events,
    server,
    tick: (at) => events.emit('tick', { at }),
    executions: () => executions,
    close,
    [Symbol.asyncDispose]: () => close(0),
  }
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: {
    readonly data?: Record<string, unknown> | null
    readonly errors?: readonly {
      readonly message: string
      readonly path?: unknown
      readonly extensions: Record<string, unknown>
    }[]
  }
}

export const post = async (
  gateway: { readonly url: string },
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] }
}
