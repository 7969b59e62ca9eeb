/**
 * Stands in for four files of `src` in a gateway whose work is counted: what they export, passed on unchanged, and counted when
 * it is called. `meter.ts` puts it in their place.
 */
import type { Sealer } from '../../src/domain/sealing.ts'
import { executePlan as execute } from '../../src/graphql/pipeline/execute.ts'
import { createPlan as plan } from '../../src/graphql/pipeline/plan.ts'
import type { Engine } from '../../src/store/engine.ts'
import {
  createEmbeddedEngine as createEngine,
  openEmbeddedEngine as openEngine,
} from '../../src/store/embedded/engine.ts'
import { createSealer as seal } from '../../src/store/sealing.ts'
import { count, countFor, countForNobody, newLedger } from './ledger.ts'

/** Of all executions that had an event to show, whoever waited for it. */
export const ofEvents = newLedger()

/** The data of results, by whether an event made them: how a text is known to be a result's. */
export const results = new WeakMap<object, 'ANSWER' | 'EVENT'>()

/** Every way to the database is named here, so that a new one has to be. */
const counted = (engine: Engine): { readonly [Member in keyof Required<Engine>]: Engine[Member] } => ({
  sql: engine.sql,
  rowLocks: engine.rowLocks,
  eventOrder: engine.eventOrder,
  sessionStamp: engine.sessionStamp,
  changes: {
    // Who is nudged reads for everybody: how often depends on what else it is doing.
    committed: (change) => countForNobody(() => engine.changes.committed(change)),
    onEvents: (listener) => engine.changes.onEvents(listener),
    onSessions: (listener) => engine.changes.onSessions(listener),
  },
  leaseNow: () => engine.leaseNow(),
  check: () => engine.check(),
  close: () => engine.close(),
  query: (statement) => {
    count('reads')
    return engine.query(statement)
  },
  look: (statement) => {
    count('looks')
    return engine.look(statement)
  },
  // Who commits, and when, is chance: counted is what there is to do after each commit.
  state: () => null,
  batch: (statements) => {
    count('commits')
    count('statements committed', statements.length)
    return engine.batch(statements)
  },
})

export const openEmbeddedEngine: typeof openEngine = async (options) => counted(await openEngine(options))

export const createEmbeddedEngine: typeof createEngine = async (...given) => counted(await createEngine(...given))

export const createSealer: typeof seal = (keys): Sealer => {
  const sealer = seal(keys)
  return {
    ...sealer,
    seal: (...given) => {
      count('seals')
      return sealer.seal(...given)
    },
    open: (...given) => {
      count('opens')
      return sealer.open(...given)
    },
  }
}

export const createPlan: typeof plan = (...given) => {
  count('plans')
  return plan(...given)
}

export const executePlan: typeof execute = async (operation, given) => {
  const run = async () => {
    count('executions')
    return await execute(operation, given)
  }
  const isEvent = given.rootValue !== undefined
  const result = await (isEvent ? countFor(ofEvents, run) : run())
  if (typeof result.data === 'object' && result.data !== null) results.set(result.data, isEvent ? 'EVENT' : 'ANSWER')
  return result
}
