import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { ALWAYS_IN_FLIGHT, createAdmission, RETRY_AFTER_SECONDS } from '../graphql/pipeline/admission.ts'
import { createCredentialEnds } from '../graphql/pipeline/credential-end.ts'
import { createDeadline } from '../graphql/pipeline/deadline.ts'
import { createCallbackProtocol } from '../graphql/pipeline/callback-protocol.ts'
import { createConnectionAllowance } from '../graphql/pipeline/connection-allowance.ts'
import { createOperationRunner } from '../graphql/pipeline/operation-runner.ts'
import type { RequestContext } from '../graphql/pipeline/request.ts'
import { createSocketProtocol } from '../graphql/pipeline/socket-protocol.ts'
import { createSseProtocol } from '../graphql/pipeline/sse-protocol.ts'
import { prefersEventStream, wantsCallback } from './accept.ts'
import { readBody } from './body.ts'
import { createEventStreams } from './event-streams.ts'
import { createFront } from './front.ts'
import { createGraphqlEndpoint } from './graphql-endpoint.ts'
import { healthRoutes } from './health.ts'
import { createOriginPolicy } from './origin.ts'
import { createRemoteAddress } from './remote-address.ts'
import { createRefusal } from './refusal.ts'
import { errorReply, type Reply, RequestRefused, writeReply } from './reply.ts'
import { requestIdOf } from './request-id.ts'
import { createRouter } from './route.ts'
import type { HttpTimeouts, ServerOptions } from './server-options.ts'
import { createSockets } from './sockets.ts'
import { createSubscriptionCallbacks } from './subscription-callbacks.ts'
import { createTurns } from './turns.ts'

const TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000, checkMs: 2_000 }

export interface Server {
  /** Port 0 takes a free one. */
  listen(port: number, host: string): Promise<{ readonly port: number; readonly url: string }>
  /** Readiness down, listener closed, what is in flight answered or, after the grace, cut. Never rejects. */
  close(graceMs: number): Promise<void>
  readonly stats: {
    sockets(): number
    eventStreams(): number
    callbacks(): number
    subscriptions(): number
    inFlight(): number
  }
}

const GRAPHQL_PATH = '/graphql'
const READINESS_TIMEOUT_MS = 2_000
/** All headers of a request together; more is 431. */
const MAX_HEADER_BYTES = 16_384

/** Health, callbacks, webhooks and preflights are answered however much there is to do. */
const isOperation = ({ method, url = '' }: IncomingMessage): boolean =>
  method !== 'OPTIONS' && (url === GRAPHQL_PATH || url.startsWith(`${GRAPHQL_PATH}?`))

const wantsPage = ({ method, headers }: IncomingMessage): boolean =>
  method === 'GET' && (headers.accept ?? '').includes('text/html')

const urlOf = (host: string, port: number): string => {
  if (host === '0.0.0.0' || host === '::' || host === '') return `http://localhost:${port}`
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

export const createServer = <Context extends RequestContext>(options: ServerOptions<Context>): Server => {
  const { pipeline, newRequestId, page, bodyLimitBytes = 262_144, routeTimeoutMs = 15_000, announceMs = 0 } = options
  const origins = createOriginPolicy(options.allowedOrigins)
  const remoteAddress = createRemoteAddress(options.trustedProxies ?? [])
  const graphql = createGraphqlEndpoint({ pipeline, contextFor: options.contextFor, bodyLimitBytes, remoteAddress })
  /** Nobody waits for these: they go to the redacted log by way of the mask. */
  const reportFault = (error: unknown): void => void pipeline.mask(error, newRequestId())
  let draining = false
  const { maxInFlight = 5_000 } = options
  const admission = createAdmission({
    maxInFlight,
    maxLoopDelayMs: options.maxLoopDelayMs ?? 50,
  })
  const health = healthRoutes({
    checks: options.readiness,
    isDraining: () => draining,
    timeoutMs: READINESS_TIMEOUT_MS,
    onFailure: (_name, error) => reportFault(error),
  })
  const route = createRouter([...health, ...(options.routes ?? [])])
  const { contextFor, clientOf, expiresAt, onWithdrawn, keepAliveMs = 12_000 } = options
  const atCredentialEnd = createCredentialEnds<Context>({
    expiresAt,
    ...(onWithdrawn !== undefined && { onWithdrawn }),
  })
  const runner = createOperationRunner({
    pipeline,
    contextFor,
    clientOf,
    ...(options.maxSubscriptionsPerClient === undefined ? {} : { maxPerClient: options.maxSubscriptionsPerClient }),
  })
  const connections = createConnectionAllowance(options.maxSocketsPerClient)
  const maxSockets = options.maxSockets ?? 10_000
  const staying = (): number => sockets.open() + eventStreams.count() + (callbacks?.count() ?? 0)
  const hasRoom = (): boolean => staying() < maxSockets
  const shared = { pipeline, runner, atCredentialEnd, clientOf, connections }
  const callbacks =
    options.callbacks === undefined
      ? null
      : createCallbackProtocol({ ...shared, ...options.callbacks, maxUnconfirmed: maxInFlight })
  const openCallback =
    callbacks === null
      ? null
      : createSubscriptionCallbacks({ protocol: callbacks, bodyLimitBytes, remoteAddress, hasRoom })
  const sockets = createSockets({
    protocol: createSocketProtocol({
      ...shared,
      admission,
      contextFor,
      newRequestId,
      ...(options.maxOperationsPerSocket === undefined ? {} : { maxPerSocket: options.maxOperationsPerSocket }),
    }),
    origins,
    remoteAddress,
    path: GRAPHQL_PATH,
    maxPayloadBytes: bodyLimitBytes,
    hasRoom,
    keepAliveMs,
    onFault: reportFault,
  })
  const eventStreams = createEventStreams({
    protocol: createSseProtocol(shared),
    bodyLimitBytes,
    remoteAddress,
    keepAliveMs,
    hasRoom,
    onFault: reportFault,
  })

  const routed = async (request: IncomingMessage, path: string, search: string, requestId: string): Promise<Reply> => {
    const method = request.method ?? 'GET'
    const match = route(method, path)
    if (match === null) {
      throw new RequestRefused(404, 'BAD_REQUEST', `Nothing is here. GraphQL is at ${GRAPHQL_PATH}.`)
    }
    if ('allow' in match) {
      const allow = match.allow.join(', ')
      throw new RequestRefused(405, 'BAD_REQUEST', `This address takes ${allow}.`, { allow })
    }
    using deadline = createDeadline(routeTimeoutMs)
    return await match.route.handler({
      method,
      path,
      params: match.params,
      query: new URLSearchParams(search),
      headers: request.headers,
      requestId,
      remoteAddress: remoteAddress(request),
      signal: deadline.signal,
      deadline: deadline.at,
      body: () => readBody(request, bodyLimitBytes),
    })
  }

  /** Null where the response is an event stream, which is written as things happen. */
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
    requestId: string,
    headers: () => Readonly<Record<string, string>>,
    rest: () => void,
  ): Promise<Reply | null> => {
    const url = request.url ?? '/'
    const mark = url.indexOf('?')
    const [path, search] = mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark)]
    if (request.method === 'OPTIONS') return { status: 204, headers: origins.preflightHeaders(request.headers.origin) }
    if (path !== GRAPHQL_PATH) return await routed(request, path, search, requestId)
    if (page !== undefined && wantsPage(request)) return await page()
    const { method, headers: asked } = request
    if ((method === 'POST' || method === 'GET') && prefersEventStream(asked.accept)) {
      return await eventStreams.open({ request, response, search, requestId, headers: headers() })
    }
    if (method === 'POST' && openCallback !== null && wantsCallback(asked.accept)) {
      return await openCallback(request, search, requestId, rest)
    }
    return await graphql(request, search, requestId)
  }

  /** @param rest gives back its place among the operations in flight: at the end, or where it waits for something that takes nothing */
  const serve = async (request: IncomingMessage, response: ServerResponse, rest = () => {}): Promise<void> => {
    const requestId = requestIdOf(request.headers['x-request-id'], newRequestId)
    const headers = () => ({
      'x-request-id': requestId,
      ...origins.responseHeaders(request.headers.origin),
      ...(draining ? { connection: 'close' } : {}),
    })
    try {
      let reply: Reply | null
      try {
        reply = await answer(request, response, requestId, headers, rest)
      } catch (error) {
        reply = errorReply(error, pipeline.mask, requestId)
      }
      if (reply !== null) writeReply(response, reply, headers())
    } finally {
      rest()
    }
  }

  /** Instead of `serve`. */
  const refuse = createRefusal(origins, newRequestId)

  const timeouts: HttpTimeouts = { ...TIMEOUTS, ...options.timeouts }
  const httpOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: timeouts.headersMs,
    requestTimeout: timeouts.requestMs,
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: timeouts.checkMs,
    // Of two credentials the parser would take the first, and a proxy perhaps the other: joined, they are none.
    joinDuplicateHeaders: true,
    // An offer of HTTP/2 in plain text, as some clients make with each request, is no wish for a WebSocket.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket',
  }
  const turns = createTurns({
    maxWaitMs: options.maxLoopDelayMs ?? 50,
    leastInLine: ALWAYS_IN_FLIGHT,
    retryAfterMs: RETRY_AFTER_SECONDS * 1_000,
  })
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    if (!isOperation(request)) return void serve(request, response)
    const begin = (): void => {
      // Nobody waits for the answer any more.
      if (response.destroyed) return
      const leave = admission.enter()
      if (leave === null) refuse(request, response)
      else void serve(request, response, leave)
    }
    turns.offer({ connection: request.socket, begin, refuse: () => refuse(request, response) })
  }
  const front = createFront({
    create: () => createHttpServer(httpOptions, take).on('upgrade', sockets.upgrade),
    maxConnections: options.maxConnections ?? 20_000,
  })

  return {
    stats: {
      sockets: sockets.open,
      eventStreams: eventStreams.count,
      callbacks: () => callbacks?.count() ?? 0,
      subscriptions: runner.subscriptions,
      inFlight: admission.inFlight,
    },
    listen: async (port, host) => {
      const { port: taken } = await front.listen(port, host)
      return { port: taken, url: urlOf(host, taken) }
    },
    close: async (graceMs) => {
      draining = true
      if (announceMs > 0) await delay(announceMs)
      const closed = front.close()
      sockets.drain()
      eventStreams.drain()
      const told = callbacks?.drain()
      front.closeIdleConnections()
      const grace = new AbortController()
      await Promise.race([
        Promise.all([closed, told]),
        delay(graceMs, undefined, { signal: grace.signal }).catch(() => {}),
      ])
      grace.abort()
      admission[Symbol.dispose]()
      sockets.terminate()
      callbacks?.terminate()
      front.closeAllConnections()
      await closed
    },
  }
}
