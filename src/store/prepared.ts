import type { CompiledQuery } from 'kysely'
import type { SqlValue, Statement } from './engine.ts'

class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * Compiles a statement once and fills in its values later: compiling costs more than running. Each member of the given
 * input stands for the value that a later call brings.
 */
export const prepare = <Input extends object>(
  build: (input: Input) => { compile(): CompiledQuery },
): ((input: Input) => Statement) => {
  const slots = new Proxy({}, { get: (_, name) => new Slot(String(name)) })
  // Kysely passes parameters through untouched, so that a slot may stand where a value of any type belongs.
  const { sql, parameters } = build(slots as Input).compile()
  return (input) => ({
    sql,
    parameters: parameters.map((value) => (value instanceof Slot ? fill(input, value.name) : (value as SqlValue))),
  })
}

const fill = (input: object, name: string): SqlValue => {
  const value = (input as Readonly<Record<string, SqlValue>>)[name]
  if (value === undefined) throw new TypeError(`The statement was given no ${name}.`)
  return value
}

/** One compiled statement per shape. The number of shapes must be bounded by the code, never by a caller. */
export const prepareShapes = <Input extends object, Shape extends readonly (string | number)[]>(
  build: (input: Input, ...shape: Shape) => { compile(): CompiledQuery },
): ((input: Input, ...shape: Shape) => Statement) => {
  const shapes = new Map<string, (input: Input) => Statement>()
  return (input, ...shape) => {
    const name = shape.join(' ')
    const known = shapes.get(name) ?? prepare<Input>((slots) => build(slots, ...shape))
    shapes.set(name, known)
    return known(input)
  }
}
