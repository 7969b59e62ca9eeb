import {
  defaultTypeResolver,
  type ExecutionResult,
  type GraphQLAbstractType,
  GraphQLError,
  type GraphQLObjectType,
  isObjectType,
  locatedError,
  responsePathAsArray,
} from 'graphql'
import type { Variables } from './collect.ts'
import { FieldInfo, type Path, pathTo } from './field-info.ts'
import type { FieldPlan, OperationPlan, SelectionPlan } from './plan.ts'
import type { LeafShape, Shape } from './shape.ts'

/*
 * The execution algorithm of the specification (§6.2 to §6.4) over a plan. It answers as graphql-js 16 does, data and errors:
 * a differential test over generated operations holds that. Which of two errors comes first, and so which one is dropped, depends on how
 * many promises lie between a field and its parent: there are as many here as there.
 */

type Result = Record<string, unknown>

export interface ExecuteArguments {
  readonly rootValue?: unknown
  readonly contextValue: unknown
  /** Coerced by graphql-js. */
  readonly variables: Variables
}

interface Execution {
  readonly plan: OperationPlan
  readonly rootValue: unknown
  readonly contextValue: unknown
  readonly variables: Variables
  readonly errors: GraphQLError[]
  /** Positions that an error has turned to null; undefined is the whole response. Later errors below them are dropped. */
  readonly nulled: Set<Path | undefined>
}

/** A resolver may give any thenable. What completes a value gives a native promise, or none. */
const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' &&
  value !== null &&
  (value instanceof Promise || typeof (value as { readonly then?: unknown }).then === 'function')

const toPromise = (value: PromiseLike<unknown>): Promise<unknown> =>
  value instanceof Promise ? value : Promise.resolve(value)

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value

const report = (execution: Execution, error: GraphQLError, path: Path | undefined): void => {
  for (let at = path; at !== undefined; at = at.prev) if (execution.nulled.has(at)) return
  if (execution.nulled.has(undefined)) return
  execution.nulled.add(path)
  execution.errors.push(error)
}

/** `locatedError` takes any error with a `path` for one that is located already, and a GatewayError has one: its input's. */
const locate = (raw: unknown, field: FieldPlan, path: Path): GraphQLError => {
  const { nodes } = field
  if (raw instanceof GraphQLError || !(raw instanceof Error)) return locatedError(raw, nodes, responsePathAsArray(path))
  return new GraphQLError(raw.message, { nodes, path: responsePathAsArray(path), originalError: raw })
}

/** Ends the position with null, or throws to the nearest position that may be null. */
const fail = (execution: Execution, raw: unknown, field: FieldPlan, shape: Shape, path: Path): null => {
  const error = locate(raw, field, path)
  if (shape.nonNull) throw error
  report(execution, error, path)
  return null
}

/** Waits for those of the results that are promises. */
const settle = (results: Result, keys: readonly string[]): Promise<Result> =>
  Promise.all(keys.map((key) => results[key])).then((values) => {
    keys.forEach((key, index) => (results[key] = values[index]))
    return results
  })

const newResult = (selection: SelectionPlan): Result => (selection.bare ? (Object.create(null) as Result) : {})

const executeSelection = (
  execution: Execution,
  selection: SelectionPlan,
  source: unknown,
  path: Path | undefined,
): Result | Promise<Result> => {
  const results = newResult(selection)
  let pending: string[] | null = null
  try {
    for (const field of selection.fields) {
      const result = executeField(execution, field, source, path)
      results[field.key] = result
      if (result instanceof Promise) (pending ??= []).push(field.key)
    }
  } catch (error) {
    if (pending === null) throw error
    // What has been started is waited for, since it may reject as well.
    return settle(results, pending).finally(() => {
      throw error
    })
  }
  return pending === null ? results : settle(results, pending)
}

/** Root fields of a mutation: one after the other; an error that no field can hold ends the rest. */
const executeSerially = (execution: Execution, selection: SelectionPlan): Result | Promise<Result> => {
  const step = (results: Result, field: FieldPlan): Result | Promise<Result> => {
    const keep = (value: unknown): Result => {
      results[field.key] = value
      return results
    }
    const result = executeField(execution, field, execution.rootValue, undefined)
    return result instanceof Promise ? result.then(keep) : keep(result)
  }
  let done: Result | Promise<Result> = newResult(selection)
  for (const field of selection.fields) {
    const before: Result | Promise<Result> = done
    done = before instanceof Promise ? before.then((results: Result) => step(results, field)) : step(before, field)
  }
  return done
}

const propertyOf = (source: unknown, name: string): unknown =>
  (typeof source === 'object' && source !== null) || typeof source === 'function'
    ? (source as Readonly<Record<string, unknown>>)[name]
    : undefined

/**
 * What the field's resolver, or a method of the source, or a property of it gives.
 *
 * @param path null where nobody needs it
 */
const resolve = (
  execution: Execution,
  field: FieldPlan,
  source: unknown,
  parent: Path | undefined,
  path: Path | null,
): unknown => {
  const property = field.resolve === undefined ? propertyOf(source, field.name) : undefined
  if (field.resolve === undefined && typeof property !== 'function') return property
  const args = field.argumentsOf(execution.variables)
  const info = new FieldInfo(execution, field, parent, path)
  if (field.resolve !== undefined) return field.resolve(source, args, execution.contextValue, info)
  return (property as (...given: unknown[]) => unknown).call(source, args, execution.contextValue, info)
}

const executeField = (execution: Execution, field: FieldPlan, source: unknown, parent: Path | undefined): unknown => {
  const { shape } = field
  // Under a leaf nothing is executed: it has no use for a path until it fails.
  const known = shape.kind === 'LEAF' ? null : pathTo(field, parent)
  try {
    const value = resolve(execution, field, source, parent, known)
    if (typeof value === shape.verbatim) return value
    if (shape.kind === 'LEAF' && !isThenable(value)) return completeLeaf(field, shape, value)
    return completeAt(execution, field, shape, value, known ?? pathTo(field, parent))
  } catch (error) {
    return fail(execution, error, field, shape, known ?? pathTo(field, parent))
  }
}

/** Throws what is wrong with a value that is there already; what is wrong later ends the position. */
const completeAt = (execution: Execution, field: FieldPlan, shape: Shape, value: unknown, path: Path): unknown => {
  const completed = isThenable(value)
    ? toPromise(value).then((resolved) => complete(execution, field, shape, resolved, path))
    : complete(execution, field, shape, value, path)
  if (!(completed instanceof Promise)) return completed
  return completed.then(undefined, (error: unknown) => fail(execution, error, field, shape, path))
}

const requireNullable = (field: FieldPlan, shape: Shape): null => {
  if (!shape.nonNull) return null
  throw new Error(`Cannot return null for non-nullable field ${field.parentType.name}.${field.name}.`)
}

const completeLeaf = (field: FieldPlan, shape: LeafShape, value: unknown): unknown => {
  if (typeof value === shape.verbatim) return value
  if (value === null || value === undefined) return requireNullable(field, shape)
  if (value instanceof Error) throw value
  const serialized: unknown = shape.type.serialize(value)
  if (serialized === null || serialized === undefined) throw new Error(`${shape.type.name} serialized to nothing.`)
  return serialized
}

const complete = (execution: Execution, field: FieldPlan, shape: Shape, value: unknown, path: Path): unknown => {
  if (shape.kind === 'LEAF') return completeLeaf(field, shape, value)
  if (value === null || value === undefined) return requireNullable(field, shape)
  if (value instanceof Error) throw value
  if (shape.kind === 'OBJECT') return completeObject(execution, field, shape.type, value, path)
  if (shape.kind === 'LIST') return completeList(execution, field, shape.item, value, path)
  return completeAbstract(execution, field, shape.type, value, path)
}

const completeItem = (
  execution: Execution,
  field: FieldPlan,
  shape: Shape,
  item: unknown,
  list: Path,
  index: number,
): unknown => {
  if (typeof item === shape.verbatim) return item
  const path = { prev: list, key: index, typename: undefined }
  try {
    return completeAt(execution, field, shape, item, path)
  } catch (error) {
    return fail(execution, error, field, shape, path)
  }
}

const completeList = (execution: Execution, field: FieldPlan, item: Shape, value: unknown, path: Path): unknown => {
  if (!isIterable(value))
    throw new GraphQLError(`Expected Iterable for field "${field.parentType.name}.${field.name}".`)
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [...value]
  const completed: unknown[] = []
  let pending = false
  try {
    for (const element of items) {
      const result = completeItem(execution, field, item, element, path, completed.length)
      completed.push(result)
      if (result instanceof Promise) pending = true
    }
  } catch (error) {
    // Promises among the other items may reject as well, and nobody else waits for them.
    void Promise.allSettled([...completed, ...items])
    throw error
  }
  return pending ? Promise.all(completed) : completed
}

const completeObject = (
  execution: Execution,
  field: FieldPlan,
  type: GraphQLObjectType,
  value: unknown,
  path: Path,
): unknown => {
  const selection = field.select(type)
  const select = () => executeSelection(execution, selection, value, path)
  if (!type.isTypeOf) return select()
  const refuse = (): never => {
    throw new GraphQLError(`Expected value of type "${type.name}".`, { nodes: field.nodes })
  }
  const verdict = type.isTypeOf(value, execution.contextValue, new FieldInfo(execution, field, path.prev, path))
  if (isThenable(verdict)) return toPromise(verdict).then((is) => (is ? select() : refuse()))
  return verdict ? select() : refuse()
}

const completeAbstract = (
  execution: Execution,
  field: FieldPlan,
  type: GraphQLAbstractType,
  value: unknown,
  path: Path,
): unknown => {
  const select = (name: unknown): unknown => {
    const runtimeType = typeof name === 'string' ? execution.plan.schema.getType(name) : undefined
    if (isObjectType(runtimeType) && execution.plan.schema.isSubType(type, runtimeType)) {
      return completeObject(execution, field, runtimeType, value, path)
    }
    throw new GraphQLError(`"${type.name}" was resolved to "${String(name)}".`, { nodes: field.nodes })
  }
  const resolveType = type.resolveType ?? defaultTypeResolver
  const name = resolveType(value, execution.contextValue, new FieldInfo(execution, field, path.prev, path), type)
  return isThenable(name) ? toPromise(name).then(select) : select(name)
}

/** Never rejects: what a resolver throws is in `errors`. */
export const executePlan = async (plan: OperationPlan, given: ExecuteArguments): Promise<ExecutionResult> => {
  const execution: Execution = {
    plan,
    rootValue: given.rootValue,
    contextValue: given.contextValue,
    variables: given.variables,
    errors: [],
    nulled: new Set(),
  }
  const { errors } = execution
  try {
    const selection = plan.root(given.variables)
    const data = await (plan.operation.operation === 'mutation'
      ? executeSerially(execution, selection)
      : executeSelection(execution, selection, given.rootValue, undefined))
    return errors.length === 0 ? { data } : { errors, data }
  } catch (error) {
    report(execution, error instanceof GraphQLError ? error : locatedError(error, undefined), undefined)
    return { errors, data: null }
  }
}
