import {
  type ConstDirectiveNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getDirectiveValues,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  isAbstractType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql'

export type Fragments = Readonly<Record<string, FragmentDefinitionNode>>
export type Variables = Readonly<Record<string, unknown>>

export interface CollectScope {
  readonly schema: GraphQLSchema
  readonly fragments: Fragments
  readonly variables: Variables
}

const isIncluded = (node: SelectionNode, variables: Variables): boolean => {
  if (node.directives === undefined || node.directives.length === 0) return true
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
}

const appliesTo = (scope: CollectScope, fragment: { readonly typeCondition?: unknown }, type: GraphQLObjectType) => {
  const condition = fragment.typeCondition as FragmentDefinitionNode['typeCondition'] | undefined
  if (condition === undefined) return true
  const conditionType = typeFromAST(scope.schema, condition)
  if (conditionType === type) return true
  return isAbstractType(conditionType) && scope.schema.isSubType(conditionType, type)
}

/** CollectFields of the specification (§6.3.2): response key -> the nodes that select it, in order of appearance. */
export const collectFields = (
  scope: CollectScope,
  type: GraphQLObjectType,
  selectionSets: readonly SelectionSetNode[],
): Map<string, FieldNode[]> => {
  const fields = new Map<string, FieldNode[]>()
  const visited = new Set<string>()
  const collect = (selections: readonly SelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        if (!isIncluded(selection, scope.variables)) continue
        const key = selection.alias?.value ?? selection.name.value
        const nodes = fields.get(key)
        if (nodes === undefined) fields.set(key, [selection])
        else nodes.push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (!isIncluded(selection, scope.variables) || !appliesTo(scope, selection, type)) continue
        collect(selection.selectionSet.selections)
      } else {
        const name = selection.name.value
        if (visited.has(name) || !isIncluded(selection, scope.variables)) continue
        visited.add(name)
        const fragment = scope.fragments[name]
        if (fragment === undefined || !appliesTo(scope, fragment, type)) continue
        collect(fragment.selectionSet.selections)
      }
    }
  }
  for (const selectionSet of selectionSets) collect(selectionSet.selections)
  return fields
}

const variableOf = (directive: DirectiveNode | ConstDirectiveNode): string | null => {
  if (directive.name.value !== 'skip' && directive.name.value !== 'include') return null
  const value = directive.arguments?.[0]?.value
  return value?.kind === Kind.VARIABLE ? value.name.value : null
}

/** The variables that decide what is selected: with equal values of these, what is collected is equal. */
export const selectingVariables = (selectionSets: readonly SelectionSetNode[]): readonly string[] => {
  const names = new Set<string>()
  const walk = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      for (const directive of selection.directives ?? []) {
        const name = variableOf(directive)
        if (name !== null) names.add(name)
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) walk(selection.selectionSet)
    }
  }
  for (const selectionSet of selectionSets) walk(selectionSet)
  return [...names]
}
