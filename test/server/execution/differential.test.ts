import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { execute, getOperationAST, getVariableValues, parse, specifiedRules, validate } from 'graphql'
import { NoUnusedFragmentsRule, NoUnusedVariablesRule } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createErrorMask } from '../../../src/graphql/pipeline/error-mask.ts'
import { executePlan } from '../../../src/graphql/pipeline/execute.ts'
import { createPlan } from '../../../src/graphql/pipeline/plan.ts'
import { type ChaosContext, createChaosSchema } from './chaos-schema.ts'
import { operationText, variableValues } from './operation-arbitrary.ts'

const schema = createChaosSchema()
const rules = specifiedRules.filter((rule) => rule !== NoUnusedVariablesRule && rule !== NoUnusedFragmentsRule)
const mask = createErrorMask({ suggestions: true, onFault: () => {} })

const newContext = (seed: number): ChaosContext => ({ requestId: 'req_1', seed, calls: [] })

const seen = { operations: 0, withErrors: 0, nullData: 0 }

/** Text of the response as a client would get it, and the calls that were made for it. */
const answerOf = async (
  run: (context: ChaosContext) => unknown,
  seed: number,
): Promise<{ body: string; calls: string[] }> => {
  const context = newContext(seed)
  const result = (await run(context)) as Awaited<ReturnType<typeof executePlan>>
  // Siblings of what failed run on after the answer, in both.
  await setImmediate()
  const errors = result.errors?.map((error) => mask(error, context.requestId))
  return { body: JSON.stringify({ data: result.data, errors }, null, 1), calls: context.calls }
}

/** graphql-js leaves rejections of a list's items unhandled when a later item throws. Ours must not: only its run is excused. */
const withoutRejectionReports = async <T>(run: () => Promise<T>): Promise<T> => {
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', () => {})
  try {
    return await run()
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
}

describe('execution over plans', () => {
  it('answers as graphql-js does: data, errors, paths, locations, and the same resolver calls', async () => {
    await fc.assert(
      fc.asyncProperty(
        operationText(schema),
        fc.array(fc.tuple(variableValues, fc.nat()), { minLength: 2, maxLength: 4 }),
        async (source, runs) => {
          const document = parse(source)
          if (validate(schema, document, rules).length > 0) return
          const operation = getOperationAST(document)
          const plan = operation === null || operation === undefined ? null : createPlan(schema, document, operation)
          if (plan === null) throw new Error('no plan')
          for (const [raw, seed] of runs) {
            const coerced = getVariableValues(schema, plan.operation.variableDefinitions ?? [], raw)
            const variables = plan.coerce(raw)
            expect(variables).toEqual(coerced.coerced ?? null)
            if (variables === null) continue
            const rootValue = { plain: seed % 2 === 0 ? 'p' : () => 'q' }
            const expected = await withoutRejectionReports(() =>
              answerOf(
                (contextValue) => execute({ schema, document, rootValue, contextValue, variableValues: raw }),
                seed,
              ),
            )
            const actual = await answerOf(
              (contextValue) => executePlan(plan, { rootValue, contextValue, variables }),
              seed,
            )
            seen.operations += 1
            if (actual.body.includes('"errors"')) seen.withErrors += 1
            if (actual.body.includes('"data": null')) seen.nullData += 1
            expect(actual).toEqual(expected)
          }
        },
      ),
      { numRuns: Number(process.env['DIFFERENTIAL_RUNS'] ?? 400) },
    )
    // The generator still reaches what it is for.
    expect(seen.operations).toBeGreaterThan(200)
    expect(seen.withErrors).toBeGreaterThan(seen.operations / 4)
    expect(seen.nullData).toBeGreaterThan(seen.operations / 20)
  })
})
