import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

const isConditional = ({ directives }: SelectionNode): boolean =>
  directives?.some(({ name }) => name.value === 'skip' || name.value === 'include') ?? false

const findConditional = (
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  seen: Set<string>,
): SelectionNode | null => {
  for (const selection of selections) {
    if (isConditional(selection)) return selection
    if (selection.kind === Kind.FIELD) continue
    let inner: SelectionSetNode | undefined
    if (selection.kind === Kind.INLINE_FRAGMENT) inner = selection.selectionSet
    else if (!seen.has(selection.name.value)) inner = fragments.get(selection.name.value)?.selectionSet
    if (selection.kind === Kind.FRAGMENT_SPREAD) seen.add(selection.name.value)
    const found = inner === undefined ? null : findConditional(inner, fragments, seen)
    if (found !== null) return found
  }
  return null
}

/**
 * A subscription has one root field, whatever its variables: https://spec.graphql.org/draft/#sec-Single-Root-Field. To be
 * asked before graphql-js validates: its own rule of that name evaluates these directives without variables, and throws.
 */
export const findConditionalRoot = (document: DocumentNode): GraphQLError | null => {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  )
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION || definition.operation !== 'subscription') continue
    const found = findConditional(definition.selectionSet, fragments, new Set())
    if (found !== null) {
      return new GraphQLError('The root field of a subscription takes neither @skip nor @include.', {
        nodes: found,
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } },
      })
    }
  }
  return null
}

/** As above, of a source that may be anything. Null for what cannot be parsed, which is another error's business. */
export const findConditionalRootIn = (source: string, maxTokens: number): GraphQLError | null => {
  if (!source.includes('subscription') || !/@\s*(skip|include)/.test(source)) return null
  let document: DocumentNode
  try {
    document = parse(source, { maxLexicalTokens: maxTokens })
  } catch {
    return null
  }
  return findConditionalRoot(document)
}
