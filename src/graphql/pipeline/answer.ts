import type { FormattedExecutionResult } from 'graphql'
import { type ErrorHead, type ErrorMask, headOf } from './error-mask.ts'
import { executePlan } from './execute.ts'
import type { Variables } from './collect.ts'
import type { OperationPlan } from './plan.ts'
import type { OperationReport, RequestContext } from './request.ts'

/** Rejects where a query or subscription of this context is refused. Null: allowed, and nobody had to be asked. */
export type Admit<Context extends RequestContext> = (context: Context) => Promise<void> | null

/** Runs a plan; what is wrong is masked. */
export type AnswerPlan<Context extends RequestContext> = (
  plan: OperationPlan,
  variables: Variables,
  context: Context,
  /** What the operation asks for is said in `extensions.cost`. */
  showsCost: boolean,
) => Promise<FormattedExecutionResult>

/** Asks for it over HTTP; `extensions: { cost: true }` of a request does on every transport. */
export const COST_HEADER = 'x-consentgraph-cost'

export const asksForCost = (extensions: unknown, header: unknown): boolean =>
  header === '1' ||
  (typeof extensions === 'object' && extensions !== null && 'cost' in extensions && extensions.cost === true)

export interface AnswererOptions<Context extends RequestContext> {
  readonly mask: ErrorMask
  /** Mutations are counted field by field, so that each can say in its payload that it was refused. */
  readonly admit: Admit<Context>
  readonly describeCost: (plan: OperationPlan, variables: Variables) => Readonly<Record<string, number>>
}

export const createAnswerer =
  <Context extends RequestContext>({ mask, admit, describeCost }: AnswererOptions<Context>): AnswerPlan<Context> =>
  async (plan, variables, context, showsCost) => {
    if (plan.operation.operation === 'query') {
      try {
        const asked = admit(context)
        if (asked !== null) await asked
      } catch (error) {
        return { errors: [mask(error, context.requestId)] }
      }
    }
    const { data, errors } = await executePlan(plan, { contextValue: context, variables })
    const masked = errors === undefined ? {} : { errors: errors.map((error) => mask(error, context.requestId)) }
    return { ...masked, data: data ?? null, ...(showsCost && { extensions: { cost: describeCost(plan, variables) } }) }
  }

/** Every root field is null for an error of its own: a nullable field alone makes no data of a refusal. */
const hasNoData = ({ data, errors }: FormattedExecutionResult): boolean => {
  if (data === undefined || data === null) return true
  const failed = new Set(errors?.map(({ path }) => path?.[0]))
  return Object.entries(data).every(([name, value]) => value === null && failed.has(name))
}

/** Status and headers of a response that is nothing but errors; null for any other. */
export const headOfResult = (result: FormattedExecutionResult): ErrorHead | null =>
  result.errors === undefined || !hasNoData(result) ? null : headOf(result.errors, new Date())

export const describeOperation = (
  operation:
    | {
        readonly operation: 'query' | 'mutation' | 'subscription'
        readonly name?: { readonly value: string } | undefined
      }
    | undefined,
  result: FormattedExecutionResult,
  given: Pick<OperationReport, 'requestId' | 'transport' | 'durationMs'>,
): OperationReport => ({
  ...given,
  type: operation?.operation ?? null,
  name: operation?.name?.value ?? null,
  errorCodes: result.errors?.map((error) => String(error.extensions?.['code'])) ?? [],
})
