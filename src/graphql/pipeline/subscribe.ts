import { setTimeout as pause } from 'node:timers/promises'
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  getOperationAST,
  getVariableValues,
  type GraphQLError,
  type GraphQLSchema,
} from 'graphql'
import { GatewayError } from '../../domain/errors.ts'
import type { Admit } from './answer.ts'
import type { Documents } from './documents.ts'
import type { ErrorMask } from './error-mask.ts'
import { executePlan } from './execute.ts'
import type { CheckRequest } from './limits.ts'
import type { OperationPlan } from './plan.ts'
import type { OperationReport, RequestContext, Transport } from './request.ts'

export interface SubscriberOptions<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly mask: ErrorMask
  readonly admit: Admit<Context>
  readonly checkRequest: CheckRequest
  readonly onOperation: (report: OperationReport) => void
  readonly rightsKey: (context: Context) => string | null
  readonly positionOf: (field: string, event: unknown) => string | null
}

export interface SubscribeRequest<Context extends RequestContext> {
  readonly document: DocumentNode
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly transport: Transport
}

export interface StreamedResult {
  /** One execution result, as JSON. */
  readonly text: string
  /** Where the subscription can be resumed after this result; null where it cannot. */
  readonly position: string | null
}

/** One result per event. `return` ends the source. */
export type ResultStream = AsyncIterableIterator<StreamedResult, undefined, undefined>

export type Subscriber<Context extends RequestContext> = (
  request: SubscribeRequest<Context>,
) => Promise<ResultStream | FormattedExecutionResult>

/** Results of one event object, by what they depend on besides it. They live as long as the event is held. */
type Shared = WeakMap<object, Map<string, Promise<string | null>>>

export const isResultStream = (value: ResultStream | FormattedExecutionResult): value is ResultStream =>
  Symbol.asyncIterator in value

const isAsyncIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value

export const createSubscriber = <Context extends RequestContext>(
  options: SubscriberOptions<Context>,
): Subscriber<Context> => {
  const { schema, documents, mask, admit, checkRequest, onOperation, rightsKey, positionOf } = options
  const shared: Shared = new WeakMap()
  const names = new WeakMap<OperationPlan, string>()
  let named = 0
  const nameOf = (plan: OperationPlan): string => {
    const known = names.get(plan)
    if (known !== undefined) return known
    named += 1
    names.set(plan, String(named))
    return String(named)
  }

  /** Once for all subscribers with this key, where it went well; errors carry the request id of one subscriber. */
  const share = async (event: object, key: string, execute: () => Promise<Executed>): Promise<string> => {
    const results = shared.get(event) ?? new Map<string, Promise<string | null>>()
    shared.set(event, results)
    const known = results.get(key)
    if (known !== undefined) return (await known) ?? (await execute()).text
    const first = execute()
    results.set(
      key,
      first.then(({ text, failed }) => (failed ? null : text)),
    )
    return (await first).text
  }

  return async ({ document, operationName, variables: given, context, transport }) => {
    const startedAt = performance.now()
    const report = (errorCodes: readonly string[]): void =>
      onOperation({
        requestId: context.requestId,
        transport,
        type: 'subscription',
        name: operationName ?? operation?.name?.value ?? null,
        durationMs: performance.now() - startedAt,
        errorCodes,
      })
    const refuse = (thrown: readonly unknown[]): FormattedExecutionResult => {
      const errors = thrown.map((error) => mask(error, context.requestId))
      report(errors.map((error) => String(error.extensions?.['code'])))
      return { errors }
    }
    const operation = getOperationAST(document, operationName)
    const plan = operation ? documents.planOf(document, operation) : null
    if (plan === null) throw new Error('Only what `prepare` has passed can be subscribed to.')
    const refused = checkRequest(plan, given)
    if (refused !== null) return refuse([refused])
    const coerced = getVariableValues(schema, plan.operation.variableDefinitions ?? [], given, { maxErrors: 50 })
    if (coerced.coerced === undefined) return refuse(coerced.errors)
    const variables = coerced.coerced

    let source: AsyncIterable<unknown> | ExecutionResult
    try {
      await admit(context)
      source = await createSourceEventStream({
        schema,
        document,
        contextValue: context,
        variableValues: given,
        ...(operationName === null ? {} : { operationName }),
      })
    } catch (error) {
      return refuse([error])
    }
    if (!isAsyncIterable(source)) return refuse(source.errors ?? [])
    report([])

    const rights = rightsKey(context)
    const key = rights === null ? null : `${nameOf(plan)} ${rights} ${JSON.stringify(variables)}`
    let open = true
    /** While the store is away the event waits: delivered with errors it would be missed, as whoever resumes is past it. */
    const executeOnceStored = async (event: unknown): Promise<ExecutionResult> => {
      for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
        const result = await executePlan(plan, { rootValue: event, contextValue: context, variables })
        if (!open || result.errors?.some(isStoreAway) !== true) return result
        await pause(waitMs)
      }
    }
    const execute = async (event: unknown): Promise<Executed> => {
      const { data, errors } = await executeOnceStored(event)
      const masked = errors?.map((error) => mask(error, context.requestId))
      return { text: JSON.stringify({ errors: masked, data }), failed: masked !== undefined }
    }
    const toText = async (event: unknown): Promise<string> =>
      key === null || typeof event !== 'object' || event === null
        ? (await execute(event)).text
        : share(event, key, () => execute(event))
    const field = plan.root(variables).fields[0]?.name ?? ''
    const toResult = async (event: unknown) => ({ text: await toText(event), position: positionOf(field, event) })
    return mapStream(source, toResult, () => {
      open = false
    })
  }
}

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 1_000

const isStoreAway = ({ originalError }: GraphQLError): boolean =>
  originalError instanceof GatewayError && originalError.code === 'STORE_UNAVAILABLE'

interface Executed {
  readonly text: string
  readonly failed: boolean
}

/** Not an async generator: `return` must reach the source at once, not when its next event comes. */
const mapStream = (
  source: AsyncIterable<unknown>,
  toResult: (event: unknown) => Promise<StreamedResult>,
  onEnd: () => void,
): ResultStream => {
  const iterator = source[Symbol.asyncIterator]()
  const end = { done: true, value: undefined } as const
  return {
    next: async () => {
      const event = await iterator.next()
      return event.done === true ? end : { done: false, value: await toResult(event.value) }
    },
    return: async () => {
      onEnd()
      await iterator.return?.()
      return end
    },
    throw: async (error: unknown) => {
      onEnd()
      await iterator.return?.()
      throw error
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
