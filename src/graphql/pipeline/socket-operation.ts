import type { FormattedExecutionResult } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { within } from './deadline.ts'
import type { Pipeline, PreparedDocument, SocketOperation } from './pipeline.ts'
import type { ContextFactory, OperationRequest, RequestContext } from './request.ts'
import type { SocketSession } from './socket-protocol.ts'
import { isResultStream, type ResultStream } from './subscribe.ts'

export interface SocketRunnerOptions<Context extends RequestContext> {
  readonly pipeline: Pipeline<Context>
  readonly contextFor: ContextFactory<Context>
  readonly clientOf: (context: Context) => string
  readonly maxPerClient: number
}

export interface StartRequest {
  /** The client's own name for the operation. */
  readonly id: string
  readonly operation: SocketOperation
  readonly prepared: PreparedDocument
  readonly session: SocketSession
  readonly requestFor: (signal: AbortSignal, deadline: Date | null) => OperationRequest
}

/** Yields nothing: it writes its results to the socket itself, so that one serialized text serves many sockets. */
type WrittenStream = AsyncIterableIterator<never, undefined, undefined>

export interface RunningOperation {
  run(): Promise<FormattedExecutionResult | WrittenStream>
  /** To be called when the operation is complete, whether it ran or not. */
  finish(): void
}

/** Counts what is open, and gives each operation its context, its signal and its end. */
export const createSocketRunner = <Context extends RequestContext>(options: SocketRunnerOptions<Context>) => {
  const { pipeline, contextFor, clientOf, maxPerClient } = options
  const perClient = new Map<string, number>()
  const perSession = new WeakMap<SocketSession, number>()
  let subscriptions = 0

  const count = (client: string, by: 1 | -1): void => {
    subscriptions += by
    const open = (perClient.get(client) ?? 0) + by
    if (open === 0) perClient.delete(client)
    else perClient.set(client, open)
  }

  const countRunning = (session: SocketSession, by: 1 | -1): void => {
    const now = (perSession.get(session) ?? 0) + by
    perSession.set(session, now)
    session.onRunning(now)
  }

  const startOnce = async (request: StartRequest): Promise<RunningOperation> => {
    const { operation, session, requestFor } = request
    const deadline = pipeline.newDeadline()
    countRunning(session, 1)
    try {
      const context = await within(deadline.signal, contextFor(requestFor(deadline.signal, deadline.at)))
      return {
        run: () => pipeline.execute(operation, context, deadline).finally(() => deadline[Symbol.dispose]()),
        // The last message is handed to the socket after this call: what waits for it may close the socket only then.
        finish: () => void setImmediate(() => countRunning(session, -1)),
      }
    } catch (error) {
      deadline[Symbol.dispose]()
      countRunning(session, -1)
      throw error
    }
  }

  const startStream = async (request: StartRequest): Promise<RunningOperation> => {
    const { id, operation, prepared, session, requestFor } = request
    const controller = new AbortController()
    using deadline = pipeline.newDeadline()
    const context = await within(deadline.signal, contextFor(requestFor(controller.signal, null)))
    const client = clientOf(context)
    if ((perClient.get(client) ?? 0) >= maxPerClient) {
      const message = `A client may have ${maxPerClient} subscriptions open at once.`
      throw new GatewayError('RATE_LIMITED', { message })
    }
    count(client, 1)
    let open = true
    const end = (): void => {
      if (!open) return
      open = false
      count(client, -1)
      controller.abort()
    }
    const { document } = prepared
    const { operationName, variables } = operation
    const run = async (): Promise<FormattedExecutionResult | WrittenStream> => {
      try {
        const result = await pipeline.subscribe({ document, operationName, variables, context })
        if (isResultStream(result)) return writeTo(session, id, result, end)
        end()
        return result
      } catch (error) {
        end()
        throw error
      }
    }
    return { run, finish: end }
  }

  return {
    start: (request: StartRequest): Promise<RunningOperation> =>
      request.prepared.type === 'subscription' ? startStream(request) : startOnce(request),
    subscriptions: (): number => subscriptions,
  }
}

const writeTo = (session: SocketSession, id: string, results: ResultStream, end: () => void): WrittenStream => {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`
  const done = { done: true, value: undefined } as const
  const stop = async (): Promise<typeof done> => {
    end()
    await results.return?.()
    return done
  }
  return {
    next: async () => {
      try {
        for await (const text of results) await session.send(`${head}${text}}`)
        return done
      } finally {
        end()
      }
    },
    return: stop,
    throw: async (error: unknown) => {
      await stop()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
