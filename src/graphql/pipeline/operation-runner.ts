import type { FormattedExecutionResult } from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import { within } from './deadline.ts'
import type { Pipeline, PreparedOperation } from './pipeline.ts'
import type { ContextFactory, OperationRequest, RequestContext } from './request.ts'
import { createTally } from './tally.ts'
import { isResultFlow, type ResultFlow } from './subscribe.ts'

export interface OperationRunnerOptions<Context extends RequestContext> {
  readonly pipeline: Pipeline<Context>
  readonly contextFor: ContextFactory<Context>
  /** Whose allowance of subscriptions a context counts against. */
  readonly clientOf: (context: Context) => string
  /** Subscriptions that one client may have open at once here, over all transports. Default 20,000. */
  readonly maxPerClient?: number
}

export interface RunRequest {
  readonly prepared: PreparedOperation
  /** The signal is made when it is first asked for. */
  readonly requestFor: (signal: () => AbortSignal, deadline: Date | null) => OperationRequest
}

export interface StartedOperation<Context extends RequestContext> {
  readonly context: Context
  /** Rejects only where the subscription could not be set up for a fault of ours. To be called once. */
  run(): Promise<FormattedExecutionResult | ResultFlow>
  /** To be called when the operation is complete, whether it ran or not. May be called again. */
  finish(): void
}

/** Operations that outlive a request, or come over what does: it counts what is open, and gives each its context and its end. */
export interface OperationRunner<Context extends RequestContext> {
  /** @throws GatewayError where there is no right to ask anything, RATE_LIMITED for one subscription too many */
  start(request: RunRequest): Promise<StartedOperation<Context>>
  /** Subscriptions open now. */
  subscriptions(): number
}

export const createOperationRunner = <Context extends RequestContext>(
  options: OperationRunnerOptions<Context>,
): OperationRunner<Context> => {
  const { pipeline, contextFor, clientOf, maxPerClient = 20_000 } = options
  const perClient = createTally()
  let subscriptions = 0

  const count = (client: string, by: 1 | -1): void => {
    subscriptions += by
    perClient.add(client, by)
  }

  const startOnce = async ({ prepared, requestFor }: RunRequest): Promise<StartedOperation<Context>> => {
    const deadline = pipeline.newDeadline()
    const finish = (): void => deadline[Symbol.dispose]()
    try {
      const request = requestFor(() => deadline.signal, deadline.at)
      const context = await within(deadline.signal, contextFor(request))
      const { transport } = request
      return {
        context,
        finish,
        run: () => pipeline.execute(prepared.operation, { context, deadline, transport }).finally(finish),
      }
    } catch (error) {
      finish()
      throw error
    }
  }

  const startStream = async ({ prepared, requestFor }: RunRequest): Promise<StartedOperation<Context>> => {
    const end = createEnd()
    using deadline = pipeline.newDeadline()
    const request = requestFor(end.signal, null)
    const context = await within(deadline.signal, contextFor(request))
    const client = clientOf(context)
    if (perClient.of(client) >= maxPerClient) {
      const message = `A client may have ${maxPerClient} subscriptions open at once.`
      throw new GatewayError('RATE_LIMITED', { message })
    }
    count(client, 1)
    let open = true
    const finish = (): void => {
      if (!open) return
      open = false
      count(client, -1)
      end.abort()
    }
    const { operation, document } = prepared
    const { operationName, variables } = operation
    const { transport } = request
    const run = async (): Promise<FormattedExecutionResult | ResultFlow> => {
      try {
        const result = await pipeline.subscribe({ document, operationName, variables, context, transport })
        if (!isResultFlow(result)) finish()
        return result
      } catch (error) {
        finish()
        throw error
      }
    }
    return { context, run, finish }
  }

  return {
    start: (request) => (request.prepared.type === 'subscription' ? startStream(request) : startOnce(request)),
    subscriptions: () => subscriptions,
  }
}

/** The end of a subscription as a signal. Most never ask for it, and it weighs more than the rest of one. */
const createEnd = () => {
  let controller: AbortController | null = null
  let hasEnded = false
  return {
    signal: (): AbortSignal => {
      controller ??= new AbortController()
      if (hasEnded) controller.abort()
      return controller.signal
    },
    abort: (): void => {
      hasEnded = true
      controller?.abort()
    },
  }
}
