import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  getOperationAST,
  getVariableValues,
  type GraphQLSchema,
} from 'graphql'
import { type Flow, flowOf, isFlow } from '../../domain/flow.ts'
import { TransientMap } from '../../domain/transient-map.ts'
import type { Admit } from './answer.ts'
import type { Documents } from './documents.ts'
import type { ErrorMask } from './error-mask.ts'
import type { Variables } from './collect.ts'
import type { CheckRequest } from './limits.ts'
import { onceForEach } from './once-for-each.ts'
import type { OperationPlan } from './plan.ts'
import type { OperationReport, RequestContext, Transport } from './request.ts'
import { resultVariables, SharedResults, type StreamedResult } from './shared-results.ts'
import { Subscription, type Subscriptions } from './subscription.ts'

export interface SubscriberOptions<Context extends RequestContext> {
  readonly schema: GraphQLSchema
  readonly documents: Documents
  readonly mask: ErrorMask
  readonly admit: Admit<Context>
  readonly checkRequest: CheckRequest
  readonly onOperation: (report: OperationReport) => void
  readonly rightsKey: (context: Context) => string | null
  readonly positionOf: (field: string, event: unknown) => string | null
  readonly forgetReads: (context: Context) => void
}

export interface SubscribeRequest<Context extends RequestContext> {
  readonly document: DocumentNode
  readonly operationName: string | null
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly transport: Transport
}

/** One result per event. */
export type ResultFlow = Flow<StreamedResult>

/** The same, one after the other. `return` ends the source. */
export type ResultStream = AsyncIterableIterator<StreamedResult, undefined, undefined>

export type Subscriber<Context extends RequestContext> = (
  request: SubscribeRequest<Context>,
) => Promise<ResultFlow | FormattedExecutionResult>

export const isResultFlow = (value: ResultFlow | FormattedExecutionResult): value is ResultFlow =>
  Symbol.asyncIterator in value

const isAsyncIterable = (value: object): value is AsyncIterable<unknown> => Symbol.asyncIterator in value

interface SharingName {
  /** Of the operation. */
  readonly number: number
  readonly variables: readonly string[]
}

export const createSubscriber = <Context extends RequestContext>(
  options: SubscriberOptions<Context>,
): Subscriber<Context> => {
  const { schema, documents, mask, admit, checkRequest, onOperation, rightsKey, positionOf, forgetReads } = options
  /** By what results depend on besides the event. */
  const sharing = new TransientMap<string, SharedResults>()
  const subscriptions: Subscriptions<Context> = {
    mask,
    positionOf,
    forgetReads,
    ended: ({ key, sharers }) => {
      if (key !== null && sharers === 0) sharing.delete(key)
    },
  }
  let lastNumber = 0
  const nameOf = onceForEach((plan: OperationPlan): SharingName => {
    lastNumber += 1
    return { number: lastNumber, variables: [...resultVariables(plan)] }
  })

  const resultsOf = (plan: OperationPlan, variables: Variables, rights: string | null): SharedResults => {
    if (rights === null) return new SharedResults(plan, variables, null)
    const name = nameOf(plan)
    // One that is not given takes the default of its argument, and null does not.
    const values = name.variables.map((variable) => (Object.hasOwn(variables, variable) ? [variables[variable]] : []))
    const key = `${name.number} ${rights} ${JSON.stringify(values)}`
    const known = sharing.get(key)
    if (known !== undefined) return known
    const results = new SharedResults(plan, variables, key)
    sharing.set(key, results)
    return results
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

    const flow = isFlow(source) ? source : flowOf(source)
    return new Subscription(subscriptions, resultsOf(plan, variables, rightsKey(context)), context, flow)
  }
}
