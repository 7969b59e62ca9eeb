import type { IncomingHttpHeaders } from 'node:http'
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { iterate } from '../../domain/flow.ts'
import { TransientSet } from '../../domain/transient-map.ts'
import type { WebhookSender } from '../../domain/webhook.ts'
import { CALLBACK_PROTOCOL, type CallbackMessenger, createCallbackMessenger } from './callback-messenger.ts'
import { type CallbackStream, openCallbackStream } from './callback-stream.ts'
import { parseCallbackTarget } from './callback-target.ts'
import type { ConnectionAllowance } from './connection-allowance.ts'
import type { AtCredentialEnd } from './credential-end.ts'
import { headOf } from './error-mask.ts'
import type { OperationRunner, StartedOperation } from './operation-runner.ts'
import type { Pipeline, SentOperation } from './pipeline.ts'
import { type RequestContext, SignalledRequest } from './request.ts'
import { isResultFlow, type ResultStream } from './subscribe.ts'

export interface CallbackProtocolOptions<Context extends RequestContext> {
  readonly atCredentialEnd: AtCredentialEnd<Context>
  readonly pipeline: Pipeline<Context>
  readonly runner: OperationRunner<Context>
  /** Whose allowance of connections a context counts against. */
  readonly clientOf: (context: Context) => string
  readonly connections: ConnectionAllowance
  /** Who has shown no credential has nobody called. */
  readonly isKnown: (context: Context) => boolean
  /** Guards the addresses, which callers choose. */
  readonly sender: Pick<WebhookSender, 'send'>
  /** Subscriptions whose routers have yet to confirm, at once. */
  readonly maxUnconfirmed: number
}

export interface CallbackRequest {
  readonly requestId: string
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | null
  /** Gives back its place among the operations in flight: waiting for a router costs nothing. May be called again. */
  readonly rest: () => void
}

export interface CallbackAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly result: FormattedExecutionResult
}

/**
 * Subscriptions of routers that hold no connection: the HTTP callback protocol,
 * https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/callback-protocol.
 */
export interface CallbackProtocol {
  /** Answers once the router has confirmed that it waits at its address. Never rejects. */
  open(operation: SentOperation, request: CallbackRequest): Promise<CallbackAnswer>
  /** Ends each subscription with an error. Resolves when all routers know, or cannot be told. */
  drain(): Promise<void>
  /** Gives up what is left. */
  terminate(): void
  /** Subscriptions open now, and those that are being opened. */
  count(): number
}

const CONFIRMED = 204
const NEEDED = 'The callback protocol is for subscriptions.'
const CROWDED = 'As many routers have yet to confirm a subscription as may. Subscribe again later.'
// Not why: who could tell a name that is not there from one that leads inside could look for what is there.
const UNCONFIRMED = 'The callback address did not answer `check` with 204, or may not be called.'

const refusalOf = (message: string, code: 'BAD_REQUEST' | 'CALLBACK_REFUSED' | 'OVERLOADED'): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })

const goingAway = (): GraphQLError => refusalOf('The gateway is shutting down. Subscribe again.', 'OVERLOADED')

const refuse = (errors: readonly GraphQLFormattedError[]): CallbackAnswer => {
  const { status, headers } = headOf(errors, new Date())
  const isLater = errors.some(({ extensions }) => extensions?.['code'] === 'OVERLOADED')
  return { status: status ?? (isLater ? 503 : 400), headers: Object.fromEntries(headers), result: { errors } }
}

export const createCallbackProtocol = <Context extends RequestContext>(
  options: CallbackProtocolOptions<Context>,
): CallbackProtocol => {
  const { pipeline, runner, atCredentialEnd, clientOf, connections, isKnown, sender, maxUnconfirmed } = options
  const streams = new TransientSet<CallbackStream>()
  /** Each of its own: what listens to a signal that outlives it is kept by what listened before. */
  const unconfirmed = new TransientSet<AbortController>()
  let draining = false
  let opening = 0

  const isConfirmed = async (messenger: CallbackMessenger): Promise<boolean> => {
    const end = new AbortController()
    unconfirmed.add(end)
    try {
      return (await messenger.check(end.signal)) === CONFIRMED
    } finally {
      unconfirmed.delete(end)
    }
  }

  const begin = async (
    sent: SentOperation,
    { requestId, headers, remoteAddress, rest }: CallbackRequest,
    cleanUp: DisposableStack,
  ): Promise<FormattedExecutionResult> => {
    const mask = (error: unknown): GraphQLFormattedError => pipeline.mask(error, requestId)
    if (draining) throw goingAway()
    const prepared = pipeline.prepare(sent)
    if ('errors' in prepared) return { errors: prepared.errors.map(mask) }
    if (prepared.type !== 'subscription') throw refusalOf(NEEDED, 'BAD_REQUEST')
    const target = parseCallbackTarget(sent.extensions)

    const started: StartedOperation<Context> = await runner.start({
      prepared,
      requestFor: (signal, deadline) =>
        new SignalledRequest(signal, {
          authorization: headers.authorization ?? null,
          requestId,
          deadline,
          remoteAddress,
          headers,
          transport: 'CALLBACK',
        }),
    })
    const { context, finish } = started
    cleanUp.defer(finish)
    if (!isKnown(context)) throw new GatewayError('UNAUTHENTICATED')
    cleanUp.defer(connections.take(clientOf(context)))
    const flow = await started.run()
    if (!isResultFlow(flow)) return flow
    const results = iterate(flow)
    cleanUp.defer(() => {
      finish()
      quit(results).catch(mask)
    })

    // Behind everything that can refuse: whoever may not subscribe, or not now, has nobody called.
    if (draining) throw goingAway()
    if (unconfirmed.size >= maxUnconfirmed) throw refusalOf(CROWDED, 'OVERLOADED')
    const messenger = createCallbackMessenger(target, sender)
    rest()
    if (!(await isConfirmed(messenger))) throw refusalOf(UNCONFIRMED, 'CALLBACK_REFUSED')
    if (draining) throw goingAway()

    const stream = openCallbackStream({ messenger, results, finish, heartbeatMs: target.heartbeatMs, mask })
    const farewell = new GatewayError('UNAUTHENTICATED', {
      message: 'The credential has ended. Subscribe again with another.',
    })
    cleanUp.use(atCredentialEnd(context, () => stream.end(farewell)))
    streams.add(stream)
    const whileOpen = cleanUp.move()
    void stream.over.then(() => {
      streams.delete(stream)
      whileOpen.dispose()
    })
    return { data: null }
  }

  return {
    open: async (sent, request) => {
      opening += 1
      using cleanUp = new DisposableStack()
      try {
        const result = await begin(sent, request, cleanUp)
        return result.errors === undefined ? { status: 200, headers: CALLBACK_PROTOCOL, result } : refuse(result.errors)
      } catch (error) {
        return refuse([pipeline.mask(error, request.requestId)])
      } finally {
        opening -= 1
      }
    },
    drain: async () => {
      draining = true
      const open = streams.values()
      for (const stream of open) stream.end(goingAway())
      await Promise.all(open.map(({ over }) => over))
    },
    terminate: () => {
      for (const end of unconfirmed.values()) end.abort()
      for (const stream of streams.values()) stream.cut()
    },
    count: () => streams.size + opening,
  }
}

const quit = async (results: ResultStream): Promise<void> => {
  await results.return?.()
}
