import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { CloseCode, GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws'
import { GatewayError } from '../../domain/errors.ts'
import { TransientMap } from '../../domain/transient-map.ts'
import { type Admission, OVERLOADED } from './admission.ts'
import type { ConnectionAllowance } from './connection-allowance.ts'
import type { AtCredentialEnd } from './credential-end.ts'
import type { OperationRunner } from './operation-runner.ts'
import type { Pipeline, PreparedOperation, SentOperation } from './pipeline.ts'
import { type ContextFactory, type OperationRequest, type RequestContext, SignalledRequest } from './request.ts'
import { type OperationPlace, SocketOperation } from './socket-operation.ts'
import type { SocketSession } from './socket-session.ts'
import { isResultFlow } from './subscribe.ts'

export interface SocketProtocolOptions<Context extends RequestContext> {
  readonly pipeline: Pipeline<Context>
  readonly runner: OperationRunner<Context>
  readonly admission: Admission
  readonly contextFor: ContextFactory<Context>
  /** Closes a socket with 4403. */
  readonly atCredentialEnd: AtCredentialEnd<Context>
  /** Whose allowance of sockets a context counts against. */
  readonly clientOf: (context: Context) => string
  readonly newRequestId: () => string
  readonly connections: ConnectionAllowance
  /** Operations that one socket may have open at once. Default 100. */
  readonly maxPerSocket?: number
}

/** The server's side of one socket: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md */
export interface SocketPeer {
  /** One message of the client. */
  receive(text: string): void
  /** The socket has closed. */
  closed(): void
}

export type SocketProtocol = (session: SocketSession) => SocketPeer

/** The protocol's closed set has none for "not now". */
const TRY_AGAIN_LATER = 1013
/** From the opening of a socket until its client must have said who it is. */
const INIT_TIMEOUT_MS = 3_000
const ACKNOWLEDGEMENT = JSON.stringify({ type: MessageType.ConnectionAck })

/** graphql-ws wants a `query`: it is empty where the document is named otherwise. */
const toOperation = (payload: SubscribePayload & { readonly documentId?: unknown }): SentOperation => {
  const { query, documentId, operationName, variables, extensions } = payload
  return {
    query,
    ...(documentId !== undefined && { documentId }),
    operationName: operationName ?? null,
    variables: variables ?? {},
    extensions: extensions ?? {},
  }
}

const refused = (error: unknown): GraphQLError =>
  new GraphQLError('The operation was refused.', {
    originalError: error instanceof Error ? error : new Error(String(error)),
  })

type Stage = 'NEW' | 'GREETED' | 'ACKNOWLEDGED' | 'CLOSED'

class Peer<Context extends RequestContext> implements SocketPeer, OperationPlace {
  readonly #options: SocketProtocolOptions<Context>
  readonly session: SocketSession
  #stage: Stage = 'NEW'
  #authorization: string | null = null
  #initTimer: NodeJS.Timeout | null
  #leavePlace: (() => void) | null = null
  #credential: Disposable | null = null
  /** Null where there never was one. */
  #operations: TransientMap<string, SocketOperation> | null = null
  /** Queries and mutations. */
  #running = 0

  constructor(options: SocketProtocolOptions<Context>, session: SocketSession) {
    this.#options = options
    this.session = session
    const late = (): void =>
      session.close(CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout')
    this.#initTimer = setTimeout(late, INIT_TIMEOUT_MS)
  }

  receive(text: string): void {
    let message: ReturnType<typeof parseMessage>
    try {
      message = parseMessage(text)
    } catch {
      return this.#refuseMessage()
    }
    switch (message.type) {
      case MessageType.ConnectionInit:
        return this.#greet(message.payload)
      case MessageType.Ping:
        return this.#pong(message.payload)
      case MessageType.Pong:
        return
      case MessageType.Subscribe:
        return this.#subscribe(message.id, message.payload)
      case MessageType.Complete:
        return this.#abandon(message.id)
      default:
        return this.session.close(CloseCode.BadRequest, 'Only a server sends this message')
    }
  }

  #refuseMessage(): void {
    this.session.close(CloseCode.BadRequest, 'Invalid message received')
  }

  #pong(payload: unknown): void {
    let answer: string
    try {
      answer = JSON.stringify({ type: MessageType.Pong, payload })
    } catch {
      // Nested deeper than can be written: to read it takes no stack.
      return this.#refuseMessage()
    }
    this.#send(answer)
  }

  closed(): void {
    this.#stage = 'CLOSED'
    this.#stopWaiting()
    this.#credential?.[Symbol.dispose]()
    this.#leavePlace?.()
    for (const operation of this.#operations?.values() ?? []) operation.leave()
  }

  forget(operation: SocketOperation): void {
    if (this.#operations?.get(operation.id) === operation) this.#operations.delete(operation.id)
  }

  mask(error: unknown, requestId: string): GraphQLFormattedError {
    return this.#options.pipeline.mask(refused(error), requestId)
  }

  #stopWaiting(): void {
    if (this.#initTimer !== null) clearTimeout(this.#initTimer)
    this.#initTimer = null
  }

  #send(text: string): void {
    void this.session.send(text)
  }

  #greet(params: Readonly<Record<string, unknown>> | null | undefined): void {
    if (this.#stage !== 'NEW') {
      return this.session.close(CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests')
    }
    this.#stage = 'GREETED'
    this.#stopWaiting()
    const given = params?.['authorization'] ?? params?.['Authorization']
    this.#authorization = typeof given === 'string' ? given : (this.session.headers.authorization ?? null)
    void this.#acknowledge()
  }

  /** Refuses a socket whose credential is refused, so that a client learns it before it subscribes. */
  async #acknowledge(): Promise<void> {
    const { pipeline, contextFor, clientOf, connections, atCredentialEnd, newRequestId } = this.#options
    const requestId = newRequestId()
    using deadline = pipeline.newDeadline()
    const { signal, at } = deadline
    try {
      const context = await contextFor(this.#requestOf(requestId, () => signal, at))
      // It went away while its credential was looked up.
      if (this.#isClosed()) return
      this.#leavePlace = connections.take(clientOf(context))
      this.#credential = atCredentialEnd(context, this.#closeWithCredential())
      this.#stage = 'ACKNOWLEDGED'
      this.#send(ACKNOWLEDGEMENT)
    } catch (error) {
      const { message, extensions } = pipeline.mask(error, requestId)
      const forbidden = extensions?.['code'] === 'UNAUTHENTICATED' || extensions?.['code'] === 'NOT_ALLOWED'
      this.session.close(forbidden ? CloseCode.Forbidden : TRY_AGAIN_LATER, message)
    }
  }

  /** Made apart from the request, which it would keep. */
  #closeWithCredential(): () => void {
    return () => this.session.close(CloseCode.Forbidden, 'The credential has ended')
  }

  #isClosed(): boolean {
    return this.#stage === 'CLOSED'
  }

  #requestOf(requestId: string, signal: () => AbortSignal, deadline: Date | null): OperationRequest {
    const { headers, remoteAddress } = this.session
    const authorization = this.#authorization
    return new SignalledRequest(signal, {
      authorization,
      requestId,
      deadline,
      remoteAddress,
      headers,
      transport: 'WEBSOCKET',
    })
  }

  #subscribe(id: string, payload: SubscribePayload): void {
    if (this.#stage !== 'ACKNOWLEDGED') return this.session.close(CloseCode.Unauthorized, 'Unauthorized')
    this.#operations ??= new TransientMap()
    if (this.#operations.has(id)) {
      return this.session.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`)
    }
    const { admission, pipeline, maxPerSocket = 100, newRequestId } = this.#options
    const leave = admission.enter()
    const operation = new SocketOperation(id, newRequestId(), leave ?? (() => {}), this)
    this.#operations.set(id, operation)
    if (leave === null) {
      return this.#refuse(operation, [new GraphQLError(OVERLOADED, { extensions: { code: 'OVERLOADED' } })])
    }
    if (this.#operations.size > maxPerSocket) {
      const message = `A socket may have ${maxPerSocket} operations open at once.`
      return this.#refuse(operation, [refused(new GatewayError('RATE_LIMITED', { message }))])
    }
    const prepared = pipeline.prepare(toOperation(payload))
    if ('errors' in prepared) return this.#refuse(operation, prepared.errors)
    const run =
      prepared.type === 'subscription' ? this.#runStream(operation, prepared) : this.#runOnce(operation, prepared)
    run.catch((error: unknown) => {
      operation.rest()
      this.session.fail(error)
    })
  }

  #refuse(operation: SocketOperation, errors: readonly GraphQLError[]): void {
    const masked = errors.map((error): GraphQLFormattedError => this.#options.pipeline.mask(error, operation.requestId))
    operation.refuse(masked).catch((error: unknown) => this.session.fail(error))
  }

  #abandon(id: string): void {
    const operation = this.#operations?.get(id)
    if (operation === undefined) return
    this.forget(operation)
    operation.abandon()
  }

  #countRunning(by: 1 | -1): void {
    this.#running += by
    this.session.onRunning(this.#running)
  }

  #start(operation: SocketOperation, prepared: PreparedOperation) {
    const { requestId } = operation
    const requestFor = (signal: () => AbortSignal, deadline: Date | null) =>
      this.#requestOf(requestId, signal, deadline)
    return this.#options.runner.start({ prepared, requestFor })
  }

  async #runOnce(operation: SocketOperation, prepared: PreparedOperation): Promise<void> {
    this.#countRunning(1)
    let started: Awaited<ReturnType<OperationRunner<Context>['start']>>
    try {
      started = await this.#start(operation, prepared)
    } catch (error) {
      this.#countRunning(-1)
      return this.#refuse(operation, [refused(error)])
    }
    operation.hold(() => {
      started.finish()
      // The last message is handed to the socket after this call: what waits for it may close the socket only then.
      setImmediate(() => this.#countRunning(-1))
    })
    const result = await started.run()
    if (isResultFlow(result)) throw new Error('A query has one result.')
    await operation.say(result)
    await operation.complete()
  }

  async #runStream(operation: SocketOperation, prepared: PreparedOperation): Promise<void> {
    let started: Awaited<ReturnType<OperationRunner<Context>['start']>>
    try {
      started = await this.#start(operation, prepared)
    } catch (error) {
      return this.#refuse(operation, [refused(error)])
    }
    operation.hold(started.finish)
    operation.rest()
    const result = await started.run()
    if (isResultFlow(result)) return operation.follow(result)
    await operation.say(result)
    await operation.complete()
  }
}

export const createSocketProtocol =
  <Context extends RequestContext>(options: SocketProtocolOptions<Context>): SocketProtocol =>
  (session) => {
    const peer = new Peer(options, session)
    if (session.protocol !== GRAPHQL_TRANSPORT_WS_PROTOCOL) {
      session.close(CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable')
    }
    return peer
  }
