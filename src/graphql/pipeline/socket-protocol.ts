import { type ExecutionArgs, type FormattedExecutionResult, GraphQLError } from 'graphql'
import { CloseCode, makeServer, type Context as SocketContext, type SubscribePayload } from 'graphql-ws'
import { GatewayError } from '../../domain/errors.ts'
import { type Admission, OVERLOADED } from './admission.ts'
import type { ConnectionAllowance } from './connection-allowance.ts'
import { atCredentialEnd, type CredentialEnds } from './credential-end.ts'
import type { OperationRunner } from './operation-runner.ts'
import type { Pipeline, SentOperation } from './pipeline.ts'
import type { ContextFactory, OperationRequest, RequestContext } from './request.ts'
import { createSocketRunner, type RunningOperation } from './socket-operation.ts'
import type { SocketSession } from './socket-session.ts'

/** When the credential of a context ends, its socket is closed with 4403. */
export interface SocketProtocolOptions<Context extends RequestContext> extends CredentialEnds<Context> {
  readonly pipeline: Pipeline<Context>
  readonly runner: OperationRunner<Context>
  readonly admission: Admission
  readonly contextFor: ContextFactory<Context>
  /** Whose allowance of sockets a context counts against. */
  readonly clientOf: (context: Context) => string
  readonly newRequestId: () => string
  readonly connections: ConnectionAllowance
  /** Operations that one socket may have open at once. Default 100. */
  readonly maxPerSocket?: number
}

export type SocketServer = ReturnType<typeof makeServer<Record<string, unknown>, SocketSession>>

interface OpenOperation {
  readonly requestId: string
  /** Makes room for another; more than once is once. */
  readonly leave: () => void
  started: RunningOperation | null
}

type Connection = SocketContext<Record<string, unknown>, SocketSession>

/** graphql-ws's closed set has none for "not now". */
const TRY_AGAIN_LATER = 1013

const authorizationOf = ({ connectionParams, extra }: Connection): string | null => {
  const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization']
  return typeof given === 'string' ? given : (extra.headers.authorization ?? null)
}

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

export const createSocketProtocol = <Context extends RequestContext>(
  options: SocketProtocolOptions<Context>,
): SocketServer => {
  const { pipeline, admission, contextFor, clientOf, newRequestId } = options
  const { maxPerSocket = 100, connections } = options
  /** What gives its place back; null once it has closed. */
  const places = new WeakMap<Connection, (() => void) | null>()
  const start = createSocketRunner(options.runner)
  const ends = new WeakMap<Connection, Disposable>()
  const running = new WeakMap<ExecutionArgs, RunningOperation>()
  const open = new WeakMap<Connection, Map<string, OpenOperation>>()
  /** Forgets the operation; the client may use its id again. */
  const end = (connection: Connection, id: string): OpenOperation | undefined => {
    const operation = open.get(connection)?.get(id)
    open.get(connection)?.delete(id)
    operation?.started?.finish()
    operation?.leave()
    return operation
  }

  const requestOf = (
    connection: Connection,
    given: Pick<OperationRequest, 'requestId' | 'signal' | 'deadline'>,
  ): OperationRequest => ({
    ...given,
    authorization: authorizationOf(connection),
    remoteAddress: connection.extra.remoteAddress,
    headers: connection.extra.headers,
    transport: 'WEBSOCKET',
  })

  const closeAtEnd = (connection: Connection, context: Context): void => {
    const close = (): void => connection.extra.close(CloseCode.Forbidden, 'The credential has ended')
    ends.set(connection, atCredentialEnd(options, context, close))
  }

  /** Refuses a socket whose credential is refused, so that a client learns it before it subscribes. */
  const onConnect = async (connection: Connection): Promise<boolean> => {
    const requestId = newRequestId()
    using deadline = pipeline.newDeadline()
    try {
      const request = requestOf(connection, { requestId, signal: deadline.signal, deadline: deadline.at })
      const context = await contextFor(request)
      // It went away while its credential was looked up.
      if (places.get(connection) === null) return false
      places.set(connection, connections.take(clientOf(context)))
      closeAtEnd(connection, context)
      return true
    } catch (error) {
      const { message, extensions } = pipeline.mask(error, requestId)
      const forbidden = extensions?.['code'] === 'UNAUTHENTICATED' || extensions?.['code'] === 'NOT_ALLOWED'
      connection.extra.close(forbidden ? CloseCode.Forbidden : TRY_AGAIN_LATER, message)
      return false
    }
  }

  const onSubscribe = async (
    connection: Connection,
    id: string,
    payload: SubscribePayload,
  ): Promise<ExecutionArgs | readonly GraphQLError[]> => {
    const requestId = newRequestId()
    const leave = admission.enter()
    const entry: OpenOperation = { requestId, leave: leave ?? (() => {}), started: null }
    open.set(connection, (open.get(connection) ?? new Map<string, OpenOperation>()).set(id, entry))
    if (leave === null) return [new GraphQLError(OVERLOADED, { extensions: { code: 'OVERLOADED' } })]
    if (Object.keys(connection.subscriptions).length > maxPerSocket) {
      const message = `A socket may have ${maxPerSocket} operations open at once.`
      return [refused(new GatewayError('RATE_LIMITED', { message }))]
    }
    const prepared = pipeline.prepare(toOperation(payload))
    if ('errors' in prepared) return prepared.errors
    const { operation } = prepared
    try {
      const started = await start({
        id,
        prepared,
        session: connection.extra,
        requestFor: (signal, deadline) => requestOf(connection, { requestId, signal, deadline }),
      })
      const args: ExecutionArgs = {
        schema: pipeline.schema,
        document: prepared.document,
        operationName: operation.operationName,
      }
      entry.started = started
      running.set(args, started)
      // A subscription is open for long, and at work only now and then.
      if (prepared.type === 'subscription') entry.leave()
      return args
    } catch (error) {
      return [refused(error)]
    }
  }

  const run = (args: ExecutionArgs) => {
    const operation = running.get(args)
    if (operation === undefined) throw new Error('graphql-ws ran what `onSubscribe` did not return.')
    return operation.run() as never
  }

  return makeServer<Record<string, unknown>, SocketSession>({
    schema: pipeline.schema,
    connectionInitWaitTimeout: 3_000,
    onConnect,
    onSubscribe,
    execute: run,
    subscribe: run,
    // Results are masked already: graphql-ws would call `toJSON` of errors that have none.
    onNext: (_connection, _id, _payload, _args, result) => result as FormattedExecutionResult,
    onError: (connection, id, _payload, errors) => {
      const operation = end(connection, id)
      return errors.map((error) => pipeline.mask(error, operation?.requestId ?? newRequestId()))
    },
    onComplete: (connection, id) => void end(connection, id),
    onClose: (connection) => {
      ends.get(connection)?.[Symbol.dispose]()
      places.get(connection)?.()
      places.set(connection, null)
      for (const { leave } of open.get(connection)?.values() ?? []) leave()
    },
  })
}
