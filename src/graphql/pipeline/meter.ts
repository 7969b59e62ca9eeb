import {
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type ValueNode,
} from 'graphql'

/** What an operation asks, fragments expanded. */
export interface Measure {
  readonly depth: number
  readonly aliases: number
  /** Characters of the longest alias: each row of a list repeats it. */
  readonly aliasLength: number
  /** Fields of the outermost selection. */
  readonly width: number
  /** Fields of the widest selection. */
  readonly breadth: number
  readonly fields: number
  readonly directives: number
  /**
   * cost(field) = 1 + size × Σ cost(sub-fields), where size is the value of `first` or `last`; else, for a list of objects,
   * the length of a list argument (`nodes(ids:)`), 1 directly below a paged field, which has counted already, or 10; else 1.
   */
  readonly cost: number
}

export interface MeterOptions {
  readonly schema: GraphQLSchema
  readonly fragmentOf: (name: string) => FragmentDefinitionNode | null | undefined
  /** What a variable counts as, where it gives the size of a page or a list. */
  readonly sizeOf: (variable: string) => number
}

/** What a page holds at most, so what a size counts as that nobody names. */
export const MAX_PAGE = 100
const ASSUMED_LIST = 10

const countDirectives = ({ directives }: SelectionNode): number => directives?.length ?? 0

const NOTHING: Measure = {
  depth: 0,
  aliases: 0,
  aliasLength: 0,
  width: 0,
  breadth: 0,
  fields: 0,
  directives: 0,
  cost: 0,
}

const add = (a: Measure, b: Measure): Measure => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  aliasLength: Math.max(a.aliasLength, b.aliasLength),
  width: a.width + b.width,
  breadth: Math.max(a.breadth, b.breadth),
  fields: a.fields + b.fields,
  directives: a.directives + b.directives,
  cost: a.cost + b.cost,
})

type Field = GraphQLField<unknown, unknown>

const isListOfObjects = ({ type }: Field): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type) && isCompositeType(getNamedType(type))

const fieldOf = (parent: GraphQLNamedType | null | undefined, name: string): Field | undefined =>
  isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined

/** Measures operations. Each fragment is measured once, so that fragments in fragments cost no time. */
export const createMeter = ({ schema, fragmentOf, sizeOf }: MeterOptions) => {
  const known = new Map<string, Measure>()

  const sizeOfValue = (value: ValueNode): number => {
    if (value.kind === Kind.VARIABLE) return sizeOf(value.name.value)
    if (value.kind === Kind.LIST) return value.values.length
    return value.kind === Kind.INT ? Math.max(0, Number(value.value)) : MAX_PAGE
  }

  const pageSize = (node: FieldNode, field: Field): number | null => {
    const page = field.args.find(({ name }) => name === 'first' || name === 'last')
    if (page === undefined) return null
    const given = node.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')
    if (given !== undefined) return sizeOfValue(given.value)
    return typeof page.defaultValue === 'number' ? page.defaultValue : MAX_PAGE
  }

  const listSize = (node: FieldNode, field: Field, paged: boolean): number => {
    if (!isListOfObjects(field)) return 1
    const lists = field.args.filter(({ type }) => isListType(isNonNullType(type) ? type.ofType : type))
    const given = node.arguments?.filter((argument) => lists.some(({ name }) => name === argument.name.value)) ?? []
    if (given.length > 0) return Math.max(...given.map((argument) => sizeOfValue(argument.value)))
    return paged ? 1 : ASSUMED_LIST
  }

  const measureField = (node: FieldNode, parent: GraphQLNamedType | null | undefined, paged: boolean): Measure => {
    const aliases = node.alias === undefined ? 0 : 1
    const aliasLength = node.alias?.value.length ?? 0
    const directives = countDirectives(node)
    const field = fieldOf(parent, node.name.value)
    // `__typename`, the introspection of the schema, and what validation refuses.
    if (field === undefined) return { ...NOTHING, aliases, aliasLength, width: 1, fields: 1, directives }
    const page = pageSize(node, field)
    const size = page ?? listSize(node, field, paged)
    const inner = measure(node.selectionSet?.selections ?? [], getNamedType(field.type), page !== null)
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + aliases,
      aliasLength: Math.max(inner.aliasLength, aliasLength),
      width: 1,
      breadth: Math.max(inner.breadth, inner.width),
      fields: inner.fields + 1,
      directives: inner.directives + directives,
      cost: 1 + size * inner.cost,
    }
  }

  const measureFragment = (name: string, paged: boolean): Measure => {
    const key = `${name} ${paged}`
    const measured = known.get(key)
    if (measured !== undefined) return measured
    // Counts as nothing inside itself; a cycle is refused by another rule.
    known.set(key, NOTHING)
    const fragment = fragmentOf(name)
    if (!fragment) return NOTHING
    const type = schema.getType(fragment.typeCondition.name.value)
    const result = measure(fragment.selectionSet.selections, type, paged)
    known.set(key, result)
    return result
  }

  const measure = (
    selections: readonly SelectionNode[],
    parent: GraphQLNamedType | null | undefined,
    paged = false,
  ): Measure =>
    selections.reduce((total, selection) => {
      if (selection.kind === Kind.FIELD) return add(total, measureField(selection, parent, paged))
      const spread = add(total, { ...NOTHING, directives: countDirectives(selection) })
      if (selection.kind === Kind.FRAGMENT_SPREAD) return add(spread, measureFragment(selection.name.value, paged))
      const condition = selection.typeCondition?.name.value
      const type = condition === undefined ? parent : schema.getType(condition)
      return add(spread, measure(selection.selectionSet.selections, type, paged))
    }, NOTHING)

  return (
    { selectionSet, directives = [] }: OperationDefinitionNode,
    root: GraphQLNamedType | null | undefined,
  ): Measure => {
    const total = measure(selectionSet.selections, root)
    const breadth = Math.max(total.breadth, total.width)
    return { ...total, breadth, directives: total.directives + directives.length }
  }
}
