import {
  buildSchema,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  responsePathAsArray,
} from 'graphql'
import { GatewayError } from '../../../src/domain/errors.ts'

const SDL = /* GraphQL */ `
  scalar Instant
  enum Color {
    RED
    GREEN
  }
  interface Node {
    id: ID!
    name: String
  }
  interface Named implements Node {
    id: ID!
    name: String
    label(upper: Boolean = false): String
  }
  type Person implements Node & Named {
    id: ID!
    name: String
    label(upper: Boolean = false): String
    at: Instant
    strict: Person!
    friend: Person
    friends(first: Int = 2, filter: Filter): [Person]
    owned: [Thing!]!
    color: Color
    grid: [[Int!]]
  }
  type Car implements Node {
    id: ID!
    name: String
    wheels: Int!
    owner: Person
    node: Node
  }
  union Thing = Person | Car
  input Filter {
    color: Color = RED
    since: Instant
    limits: [Int!]
  }
  type Query {
    me: Person
    person(id: ID!, since: Instant, filter: Filter): Person
    sure: Person!
    node: Node
    nodes: [Node!]
    things: [Thing]
    count: Int!
    plain: String
  }
  type Mutation {
    bump(by: Int! = 1): Int!
    rename(name: String): Person
    strictRename: Person!
  }
`

/** What a chaos run is made of: the seed decides what each position does. */
export interface ChaosContext {
  readonly requestId: string
  readonly seed: number
  /** Each resolver call in order, with its arguments: both executors must have called the same. */
  readonly calls: string[]
}

const hash = (text: string): number => {
  let h = 2166136261
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 16777619)
  return (h ^ (h >>> 15)) >>> 0
}

const later = async <T>(ticks: number, value: () => T): Promise<T> => {
  for (let i = 0; i < ticks; i += 1) await Promise.resolve()
  return value()
}

/** Without an input path: graphql-js would take that for the path of the response. */
const fault = (roll: number, at: string): Error =>
  roll % 3 === 0
    ? new GatewayError('PROVIDER_TIMEOUT', { message: `timeout at ${at}`, retryAt: new Date(0) })
    : roll % 3 === 1
      ? new GatewayError('NOT_FOUND')
      : new Error(`bug at ${at}`)

export const createChaosSchema = (): GraphQLSchema => {
  const schema = buildSchema(SDL)

  /** A value for one position: usually good, sometimes null, wrong, thrown, rejected, late, or an Error as a value. */
  const valueFor = (type: GraphQLOutputType, seed: number, at: string): unknown => {
    const roll = hash(`${seed}:${at}`)
    if (isNonNullType(type)) {
      // Seldom, so that whole responses are not null all the time.
      return roll % 11 < 9 ? goodFor(type.ofType, seed, at) : badFor(type.ofType, seed, at)
    }
    return roll % 5 < 4 ? goodFor(type, seed, at) : badFor(type, seed, at)
  }

  const goodFor = (type: GraphQLOutputType, seed: number, at: string): unknown => {
    const roll = hash(`good:${seed}:${at}`)
    if (roll % 4 === 0) return later(roll % 3, () => presentFor(type, seed, at))
    return presentFor(type, seed, at)
  }

  const badFor = (type: GraphQLOutputType, seed: number, at: string): unknown => {
    const roll = hash(`bad:${seed}:${at}`)
    if (roll % 6 === 0) return null
    if (roll % 6 === 1) return fault(roll, at)
    if (roll % 6 === 2)
      return later(roll % 4, () => {
        throw fault(roll, at)
      })
    if (roll % 6 === 3) return later(roll % 3, () => null)
    if (roll % 6 === 4) return isListType(type) ? 'not a list' : Object.create({ toString: undefined })
    return undefined
  }

  const presentFor = (type: GraphQLOutputType, seed: number, at: string): unknown => {
    const roll = hash(`present:${seed}:${at}`)
    if (isNonNullType(type)) return valueFor(type, seed, at)
    if (isListType(type)) {
      const items = Array.from({ length: roll % 4 }, (_, i) => valueFor(type.ofType, seed, `${at}.${i}`))
      return roll % 5 === 0 ? new Set(items) : items
    }
    if (isScalarType(type) && type.name === 'Instant') return new Date(roll)
    if (isScalarType(type)) return type.name === 'Int' ? roll % 1000 : `v${roll % 1000}`
    if (isAbstractType(type)) {
      const possible = schema.getPossibleTypes(type)
      const chosen = possible[roll % possible.length]
      const wrong = roll % 13 === 0
      return Object.assign(objectFor(chosen?.name ?? '', seed, at), { __typename: wrong ? 'Mutation' : chosen?.name })
    }
    if (isObjectType(type)) return objectFor(type.name, seed, at)
    return roll % 2 === 0 ? 'RED' : 'GREEN'
  }

  /** Properties for the fields that have no resolver; some are methods. */
  const objectFor = (typeName: string, seed: number, at: string): Record<string, unknown> => {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) return {}
    const object: Record<string, unknown> = { marker: at }
    for (const field of Object.values(type.getFields())) {
      if (field.resolve !== undefined) continue
      const roll = hash(`property:${seed}:${at}:${field.name}`)
      const value = () => valueFor(field.type, seed, `${at}#${field.name}`)
      if (roll % 6 === 0) {
        object[field.name] = function (this: { readonly marker: string }, args: unknown) {
          if (this.marker !== at || args === undefined) throw new Error('called without its source or arguments')
          return value()
        }
      } else {
        // A getter, so that a promise which nobody selects does not reject unseen.
        Object.defineProperty(object, field.name, { get: value })
      }
    }
    return object
  }

  const resolver: GraphQLFieldResolver<unknown, ChaosContext> = (_source, args, context, info) => {
    const at = responsePathAsArray(info.path).join('.')
    context.calls.push(`${info.parentType.name}.${info.fieldName} ${at} ${JSON.stringify(args)}`)
    const value = valueFor(info.returnType, context.seed, at)
    if (value instanceof Error && hash(at) % 2 === 0) throw value
    return value
  }

  const withoutResolver = new Set([
    'Person.id',
    'Person.name',
    'Person.at',
    'Person.friend',
    'Person.grid',
    'Car.wheels',
    'Car.id',
    'Query.plain',
  ])
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      if (!withoutResolver.has(`${type.name}.${field.name}`)) field.resolve = resolver
    }
  }
  const instant = schema.getType('Instant')
  if (!isScalarType(instant)) throw new Error('no Instant')
  instant.serialize = (value) => {
    if (!(value instanceof Date)) throw new GatewayError('INTERNAL', { message: 'not a date' })
    return value.toISOString()
  }
  instant.parseValue = (value) => {
    if (typeof value !== 'string') throw new GatewayError('INVALID_INPUT', { message: 'An Instant is a string.' })
    return new Date(value)
  }
  const car = schema.getType('Car')
  if (isObjectType(car))
    car.isTypeOf = (value, context: ChaosContext) => {
      const is = !(typeof value === 'object' && value !== null && 'wheels' in value) || context.seed % 7 !== 0
      return context.seed % 2 === 0 ? is : Promise.resolve(is)
    }
  return schema
}
