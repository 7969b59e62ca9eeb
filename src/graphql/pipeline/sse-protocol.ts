import type { IncomingHttpHeaders } from 'node:http'
import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { iterate } from '../../domain/flow.ts'
import type { ConnectionAllowance } from './connection-allowance.ts'
import type { AtCredentialEnd } from './credential-end.ts'
import { headOf } from './error-mask.ts'
import type { OperationRunner, StartedOperation } from './operation-runner.ts'
import type { Pipeline, SentOperation } from './pipeline.ts'
import { type RequestContext, SignalledRequest } from './request.ts'
import { StreamedResult } from './shared-results.ts'
import { isResultFlow, type ResultFlow, type ResultStream } from './subscribe.ts'

export interface SseProtocolOptions<Context extends RequestContext> {
  /** Ends its subscriptions, with UNAUTHENTICATED as their last result. */
  readonly atCredentialEnd: AtCredentialEnd<Context>
  readonly pipeline: Pipeline<Context>
  readonly runner: OperationRunner<Context>
  /** Whose allowance of connections a context counts against. */
  readonly clientOf: (context: Context) => string
  readonly connections: ConnectionAllowance
}

export interface SseRequest {
  readonly requestId: string
  readonly headers: IncomingHttpHeaders
  readonly remoteAddress: string | null
  /** False for a method that must not change anything. */
  readonly mayMutate: boolean
}

/** Each result is one `next`; the end of the results is `complete`. */
export interface OpenStream {
  /** A subscription: whoever shuts down cuts it, and does not wait for its end. */
  readonly isLive: boolean
  readonly results: ResultStream
}

/** To be answered without a stream. */
export interface RefusedStream {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly result: FormattedExecutionResult
}

/** One operation per request: the distinct connections mode of "GraphQL over Server-Sent Events". Never rejects. */
export type SseProtocol = (operation: SentOperation, request: SseRequest) => Promise<OpenStream | RefusedStream>

const UNAUTHENTICATED = 401
const DONE = { done: true, value: undefined } as const

async function* once(toResult: () => Promise<FormattedExecutionResult>): AsyncGenerator<StreamedResult, undefined> {
  yield new StreamedResult(JSON.stringify(await toResult()), null)
  return undefined
}

const say = (errors: readonly GraphQLFormattedError[]): OpenStream => ({
  isLive: false,
  results: once(async () => ({ errors })),
})

/**
 * Clients of this protocol try again after a status that is none of success, and only read what is in the stream. So what may
 * pass by itself is a status, and what stays wrong is told in the stream.
 */
const refuse = (errors: readonly GraphQLFormattedError[]): OpenStream | RefusedStream => {
  const { status, headers } = headOf(errors, new Date())
  return status === null || status === UNAUTHENTICATED ? say(errors) : { status, headers, result: { errors } }
}

const MUTATION_BY_GET: RefusedStream['headers'] = new Map([['allow', 'POST']])

export const createSseProtocol = <Context extends RequestContext>(
  options: SseProtocolOptions<Context>,
): SseProtocol => {
  const { pipeline, runner, clientOf, connections, atCredentialEnd } = options

  return async (sent, { requestId, headers, remoteAddress, mayMutate }) => {
    const mask = (error: unknown): GraphQLFormattedError => pipeline.mask(error, requestId)
    const prepared = pipeline.prepare(sent)
    if ('errors' in prepared) return say(prepared.errors.map(mask))
    if (prepared.type === 'mutation' && !mayMutate) {
      const error = new GraphQLError('Mutations take POST.', { extensions: { code: 'BAD_REQUEST' } })
      return { status: 405, headers: MUTATION_BY_GET, result: { errors: [mask(error)] } }
    }
    const authorization = headers.authorization ?? null
    let started: StartedOperation<Context> | undefined
    let result: FormattedExecutionResult | ResultFlow
    let leave = (): void => {}
    const finish = (): void => {
      leave()
      started?.finish()
    }
    try {
      started = await runner.start({
        prepared,
        requestFor: (signal, deadline) =>
          new SignalledRequest(signal, {
            authorization,
            requestId,
            deadline,
            remoteAddress,
            headers,
            transport: 'SSE',
          }),
      })
      if (prepared.type !== 'subscription') {
        const { run } = started
        return { isLive: false, results: once(async () => (await run()) as FormattedExecutionResult) }
      }
      leave = connections.take(clientOf(started.context))
      result = await started.run()
    } catch (error) {
      finish()
      return refuse([mask(error)])
    }
    if (!isResultFlow(result)) {
      finish()
      return refuse(result.errors ?? [])
    }
    const farewell = () => {
      const message = 'The credential has ended. Subscribe again with another.'
      const errors = [mask(new GatewayError('UNAUTHENTICATED', { message }))]
      return new StreamedResult(JSON.stringify({ errors }), null)
    }
    const { context } = started
    const results = ending((end) => atCredentialEnd(context, end), iterate(result), finish, farewell)
    return { isLive: true, results }
  }
}

/**
 * @param atEnd calls once the source is to end
 * @param finish also ends what the source waits for
 */
const ending = (
  atEnd: (end: () => void) => Disposable,
  source: ResultStream,
  finish: () => void,
  farewell: () => StreamedResult,
): ResultStream => {
  let expired = false
  let over = false
  const leave = async (): Promise<typeof DONE> => {
    finish()
    await source.return?.()
    return DONE
  }
  const alarm = atEnd(() => {
    expired = true
    // The pending `next` ends with it, and has what went wrong.
    leave().catch(() => {})
  })
  const end = (): void => {
    over = true
    alarm[Symbol.dispose]()
    finish()
  }
  return {
    next: async () => {
      if (over) return DONE
      try {
        const result = await source.next()
        if (!expired) {
          if (result.done === true) end()
          return result
        }
      } catch (error) {
        end()
        throw error
      }
      // What happened after the end is nothing that this viewer may see.
      end()
      return { done: false, value: farewell() }
    },
    return: () => {
      end()
      return leave()
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
