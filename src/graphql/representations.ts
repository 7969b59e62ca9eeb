import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema, isUnionType, Kind } from 'graphql'
import { invalidInput } from '../domain/errors.ts'

/** The single fields by which an entity can be named: the `fields` of its `@key` directives. */
const keysOf = ({ astNode }: GraphQLObjectType): readonly string[] =>
  (astNode?.directives ?? [])
    .filter(({ name }) => name.value === 'key')
    .flatMap((key) => key.arguments ?? [])
    .flatMap(({ name, value }) => (name.value === 'fields' && value.kind === Kind.STRING ? [value.value] : []))

/**
 * `_Any` takes anything, and the subgraph library answers what is no entity with an error of its own: to a caller that
 * would be a fault of the gateway. Changes the schema in place.
 */
export const checkRepresentations = (schema: GraphQLSchema): void => {
  const entity = schema.getType('_Entity')
  const field = schema.getQueryType()?.getFields()['_entities']
  if (!isUnionType(entity) || field === undefined) throw new Error('the schema has no entities')
  const keys = new Map(entity.getTypes().map((type) => [type.name, keysOf(type)]))

  const isNamed = (representation: unknown): boolean => {
    if (typeof representation !== 'object' || representation === null) return false
    const given = new Map<string, unknown>(Object.entries(representation))
    const type = given.get('__typename')
    const held = (typeof type === 'string' ? (keys.get(type) ?? []) : []).filter((key) => given.has(key))
    return held.length > 0 && held.every((key) => typeof given.get(key) === 'string')
  }

  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (parent, args, context, info) => {
    const wrong = (args as { readonly representations: readonly unknown[] }).representations.findIndex(
      (representation) => !isNamed(representation),
    )
    if (wrong < 0) return resolve(parent, args, context, info)
    const message = 'A representation has the `__typename` of an entity of this graph, and one of its keys as text.'
    throw invalidInput(message, 'representations', String(wrong))
  }
}
