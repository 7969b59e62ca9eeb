import type { FormattedExecutionResult, GraphQLSchema } from 'graphql'
import { createCacheHints } from './cache-hints.ts'
import type { Variables } from './collect.ts'
import type { OperationPlan } from './plan.ts'
import type { RequestContext } from './request.ts'

/** Headers by which an answer may be used again; null: it is for nobody but who asked, and for now. */
export type CacheHeaders = (
  plan: OperationPlan,
  variables: Variables,
  result: FormattedExecutionResult,
  context: RequestContext,
) => ReadonlyMap<string, string> | null

/** An error, what was not found, and what one caller alone has asked to be told may be otherwise at once. */
const isWhole = ({ data, errors, extensions }: FormattedExecutionResult): boolean =>
  errors === undefined &&
  extensions === undefined &&
  Object.values(data ?? {}).every((value) => value !== null && !(Array.isArray(value) && value.includes(null)))

/**
 * Neither `public` nor `s-maxage`: every request bears a credential, so that caches which many share may not keep its answer
 * (RFC 9111 §3.5), and one that does all the same keeps it for that credential. Routers go by the age, for what they ask for.
 */
export const createCacheHeaders = (schema: GraphQLSchema): CacheHeaders => {
  const hints = createCacheHints(schema)
  return (plan, variables, result, { isForNow = false }) => {
    const maxAge = hints.maxAgeOf(plan, variables)
    if (maxAge === 0 || isForNow || !isWhole(result)) return null
    return new Map([
      ['cache-control', `max-age=${maxAge}`],
      ['vary', 'Authorization'],
    ])
  }
}
