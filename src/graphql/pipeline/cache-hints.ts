import {
  type ASTNode,
  type FieldNode,
  getDirectiveValues,
  getNamedType,
  type GraphQLDirective,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql'
import type { Variables } from './collect.ts'
import { onceForEach } from './once-for-each.ts'
import type { OperationPlan } from './plan.ts'

export interface CacheHints {
  /** Seconds for which the answer may be used again, by `@cacheControl` of all that it asks for; 0: not at all. */
  maxAgeOf(plan: OperationPlan, variables: Variables): number
}

/** What `@cacheControl` says at one place; null where it says nothing of the age. */
interface Hint {
  readonly maxAge: number | null
  readonly inherits: boolean
}

const NO_HINT: Hint = { maxAge: null, inherits: false }

/** What is meant for one person is not kept at all: whoever stands between would have to know whose it is. */
const hintIn = (directive: GraphQLDirective, nodes: readonly (ASTNode | null | undefined)[]): Hint => {
  for (const node of nodes) {
    const values =
      node == null ? undefined : getDirectiveValues(directive, node as Parameters<typeof getDirectiveValues>[1])
    if (values === undefined) continue
    const { maxAge = null, scope, inheritMaxAge } = values
    return {
      maxAge: scope === 'PRIVATE' ? 0 : (maxAge as number | null),
      inherits: inheritMaxAge === true,
    }
  }
  return NO_HINT
}

const ENTITIES = '_entities'

/**
 * As Apollo Server reads the directive (https://www.apollographql.com/docs/apollo-server/performance/caching): the least age
 * of all fields counts; a field's own hint goes before that of its type; without either, a root field and a field with
 * fields of its own has 0, and any other what is around it has. Read from the document, so that what @skip leaves out counts too.
 */
export const createCacheHints = (schema: GraphQLSchema): CacheHints => {
  const directive = schema.getDirective('cacheControl')
  if (directive == null) return { maxAgeOf: () => 0 }

  const hintOfType = onceForEach((type: GraphQLNamedType) =>
    hintIn(directive, [type.astNode, ...type.extensionASTNodes]),
  )
  const hintOfField = onceForEach((field: GraphQLField<unknown, unknown>) => hintIn(directive, [field.astNode]))

  const ageOfField = (field: GraphQLField<unknown, unknown>, isRoot: boolean): number => {
    const type = getNamedType(field.type)
    const own = hintOfField(field)
    if (own.maxAge !== null) return own.maxAge
    if (own.inherits) return Infinity
    const age = isCompositeType(type) ? hintOfType(type).maxAge : null
    return age ?? (isRoot || isCompositeType(type) ? 0 : Infinity)
  }

  const ageOfSelection = ({ fragments, rootType }: OperationPlan, root: SelectionSetNode): number => {
    const ageOf = (type: GraphQLNamedType | undefined, { selections }: SelectionSetNode): number => {
      let age = Infinity
      for (const node of selections) {
        if (node.kind === Kind.FIELD) age = Math.min(age, ageOfNode(type, node))
        else {
          const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments[node.name.value]
          if (fragment === undefined) return 0
          const { typeCondition: condition, selectionSet } = fragment
          age = Math.min(
            age,
            ageOf(condition === undefined ? type : schema.getType(condition.name.value), selectionSet),
          )
        }
        if (age === 0) return 0
      }
      return age
    }
    const ageOfNode = (type: GraphQLNamedType | undefined, { name, selectionSet }: FieldNode): number => {
      if (name.value === '__typename') return Infinity
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[name.value] : undefined
      if (field === undefined) return 0
      // Which entities it finds stands in the request, and counts there.
      const age = type === rootType && name.value === ENTITIES ? Infinity : ageOfField(field, type === rootType)
      if (age === 0 || selectionSet === undefined) return age
      return Math.min(age, ageOf(getNamedType(field.type), selectionSet))
    }
    return ageOf(rootType, root)
  }

  const ageOfDocument = onceForEach((plan: OperationPlan): number =>
    plan.operation.operation === 'query' ? ageOfSelection(plan, plan.operation.selectionSet) : 0,
  )

  const ageOfEntity = (representation: unknown): number => {
    const name: unknown =
      typeof representation === 'object' && representation !== null && '__typename' in representation
        ? representation.__typename
        : null
    const type = typeof name === 'string' ? schema.getType(name) : undefined
    return type === undefined ? 0 : (hintOfType(type).maxAge ?? 0)
  }

  return {
    maxAgeOf: (plan, variables) => {
      const age = ageOfDocument(plan)
      if (age === 0) return 0
      let least = age
      for (const { name, argumentsOf } of plan.root(variables).fields) {
        if (name !== ENTITIES) continue
        const { representations } = argumentsOf(variables) as { readonly representations: readonly unknown[] }
        for (const representation of representations) least = Math.min(least, ageOfEntity(representation))
      }
      return Number.isFinite(least) ? least : 0
    },
  }
}
