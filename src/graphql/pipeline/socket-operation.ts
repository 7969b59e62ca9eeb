import type { FormattedExecutionResult } from 'graphql'
import type { OperationRunner, RunRequest } from './operation-runner.ts'
import type { RequestContext } from './request.ts'
import type { SocketSession } from './socket-session.ts'
import { isResultStream, type ResultStream } from './subscribe.ts'

export interface StartRequest extends RunRequest {
  /** The client's own name for the operation. */
  readonly id: string
  readonly session: SocketSession
}

/** Yields nothing: it writes its results to the socket itself, so that one serialized text serves many sockets. */
type WrittenStream = AsyncIterableIterator<never, undefined, undefined>

export interface RunningOperation {
  run(): Promise<FormattedExecutionResult | WrittenStream>
  /** To be called when the operation is complete, whether it ran or not. */
  finish(): void
}

/** Runs operations of sockets, and tells each socket what it has in flight. */
export const createSocketRunner = <Context extends RequestContext>(runner: OperationRunner<Context>) => {
  const perSession = new WeakMap<SocketSession, number>()

  const countRunning = (session: SocketSession, by: 1 | -1): void => {
    const now = (perSession.get(session) ?? 0) + by
    perSession.set(session, now)
    session.onRunning(now)
  }

  const startOnce = async (request: StartRequest): Promise<RunningOperation> => {
    const { session } = request
    countRunning(session, 1)
    try {
      const { run, finish } = await runner.start(request)
      return {
        run: async () => (await run()) as FormattedExecutionResult,
        finish: () => {
          finish()
          // The last message is handed to the socket after this call: what waits for it may close the socket only then.
          setImmediate(() => countRunning(session, -1))
        },
      }
    } catch (error) {
      countRunning(session, -1)
      throw error
    }
  }

  const startStream = async (request: StartRequest): Promise<RunningOperation> => {
    const { run, finish } = await runner.start(request)
    return {
      run: async () => {
        const result = await run()
        return isResultStream(result) ? writeTo(request.session, request.id, result, finish) : result
      },
      finish,
    }
  }

  return (request: StartRequest): Promise<RunningOperation> =>
    request.prepared.type === 'subscription' ? startStream(request) : startOnce(request)
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
        for await (const { text } of results) await session.send(`${head}${text}}`)
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
