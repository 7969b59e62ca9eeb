import { defaultFieldResolver, type GraphQLObjectType, type GraphQLSchema, isUnionType, Kind } from 'graphql'
import { type GatewayError, invalidInput } from '../domain/errors.ts'

/** The single fields by which an entity can be named: the `fields` of its `@key` directives. */
const keysOf = ({ astNode }: GraphQLObjectType): readonly string[] =>
  (astNode?.directives ?? [])
    .filter(({ name }) => name.value === 'key')
    .flatMap((key) => key.arguments ?? [])
    .flatMap(({ name, value }) => (name.value === 'fields' && value.kind === Kind.STRING ? [value.value] : []))

/** NOTHING: it is right, and names nobody. */
type Verdict = 'NAMED' | 'NOTHING' | 'WRONG'

const createJudge = (keys: ReadonlyMap<string, readonly string[]>): ((representation: unknown) => Verdict) => {
  return (representation) => {
    if (typeof representation !== 'object' || representation === null) return 'WRONG'
    const given = new Map<string, unknown>(Object.entries(representation))
    const type = given.get('__typename')
    const held = (typeof type === 'string' ? (keys.get(type) ?? []) : []).filter((key) => given.has(key))
    const values = held.map((key) => given.get(key))
    if (values.some((value) => value !== null && typeof value !== 'string')) return 'WRONG'
    if (values.some((value) => value !== null)) return 'NAMED'
    return values.length > 0 ? 'NOTHING' : 'WRONG'
  }
}

const refusalOf = (index: number): GatewayError =>
  invalidInput(
    'A representation has the `__typename` of an entity of this graph, and one of its keys as text.',
    'representations',
    String(index),
  )

/**
 * `_Any` takes anything, and the subgraph library ends the whole request for what is no entity, with an error of its own. A
 * router asks for many at once, each for another place of its answer: what is wrong with one is said of that one, and null as a
 * key, which routers pass on from where nobody is named, is nobody. Changes the schema in place.
 */
export const checkRepresentations = (schema: GraphQLSchema): void => {
  const entity = schema.getType('_Entity')
  const field = schema.getQueryType()?.getFields()['_entities']
  if (!isUnionType(entity) || field === undefined) throw new Error('the schema has no entities')
  const judge = createJudge(new Map(entity.getTypes().map((type) => [type.name, keysOf(type)])))

  const resolve = field.resolve ?? defaultFieldResolver
  field.resolve = (parent, args, context, info) => {
    const given = (args as { readonly representations: readonly unknown[] }).representations
    const verdicts = given.map(judge)
    const representations = given.filter((_, index) => verdicts[index] === 'NAMED')
    const entities = (resolve(parent, { representations }, context, info) as readonly unknown[]).values()
    return verdicts.map((verdict, index) => {
      if (verdict === 'WRONG') return refusalOf(index)
      return verdict === 'NOTHING' ? null : entities.next().value
    })
  }
}
