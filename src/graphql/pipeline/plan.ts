import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql'
import { type CollectScope, collectFields, type Fragments, selectingVariables, type Variables } from './collect.ts'
import { type CoerceVariables, createVariableCoercion } from './coerce-variables.ts'
import { type ArgumentsOf, createArgumentsOf } from './field-arguments.ts'
import { type Shape, shapeOf } from './shape.ts'

/** One response key of one object type: what graphql-js works out anew in each execution, worked out once. */
export interface FieldPlan {
  readonly key: string
  readonly name: string
  readonly nodes: readonly FieldNode[]
  readonly parentType: GraphQLObjectType
  readonly type: GraphQLOutputType
  readonly shape: Shape
  /** Undefined where the default resolver reads the property. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined
  readonly argumentsOf: ArgumentsOf
  /** The sub-selection for a runtime type. */
  readonly select: (type: GraphQLObjectType) => SelectionPlan
}

export interface SelectionPlan {
  readonly type: GraphQLObjectType
  readonly fields: readonly FieldPlan[]
  /** True where a client asked for the response key `__proto__`, which a plain object cannot hold. */
  readonly bare: boolean
}

/** An operation whose field collection is remembered: built lazily, as far as executions walk. */
export interface OperationPlan {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
  readonly fragments: Fragments
  readonly rootType: GraphQLObjectType
  readonly coerce: CoerceVariables
  /** @param variables coerced */
  root(variables: Variables): SelectionPlan
}

/** Shapes kept per operation; 16 answers four independent @skip/@include variables. Others are planned each time. */
const MAX_SHAPES = 16

const fieldOf = (
  schema: GraphQLSchema,
  parent: GraphQLObjectType,
  name: string,
): GraphQLField<unknown, unknown> | undefined => {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return parent.getFields()[name]
}

const planSelection = (
  scope: CollectScope,
  type: GraphQLObjectType,
  selected: ReadonlyMap<string, readonly FieldNode[]>,
): SelectionPlan => {
  const fields: FieldPlan[] = []
  for (const [key, nodes] of selected) {
    const node = nodes[0]
    const field = node === undefined ? undefined : fieldOf(scope.schema, type, node.name.value)
    // graphql-js leaves an unknown field out as well: validation has refused it before.
    if (node === undefined || field === undefined) continue
    fields.push({
      key,
      name: field.name,
      nodes,
      parentType: type,
      type: field.type,
      shape: shapeOf(field.type),
      resolve: field.resolve,
      argumentsOf: createArgumentsOf(field, node),
      select: selector(scope, nodes),
    })
  }
  return { type, fields, bare: selected.has('__proto__') }
}

const selector = (scope: CollectScope, nodes: readonly FieldNode[]): FieldPlan['select'] => {
  const plans = new Map<GraphQLObjectType, SelectionPlan>()
  let last: SelectionPlan | null = null
  return (type) => {
    if (last?.type === type) return last
    let plan = plans.get(type)
    if (plan === undefined) {
      const sets = nodes.flatMap((node) => (node.selectionSet === undefined ? [] : [node.selectionSet]))
      plan = planSelection(scope, type, collectFields(scope, type, sets))
      plans.set(type, plan)
    }
    last = plan
    return plan
  }
}

export const createPlan = (
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): OperationPlan | null => {
  const rootType = schema.getRootType(operation.operation)
  if (!rootType) return null
  const fragments = Object.create(null) as Record<string, FragmentDefinitionNode>
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition
  }
  const sets = Object.values(fragments).map((fragment) => fragment.selectionSet)
  const deciding = selectingVariables([operation.selectionSet, ...sets])
  const shapes = new Map<string, SelectionPlan>()
  return {
    schema,
    document,
    operation,
    fragments,
    rootType,
    coerce: createVariableCoercion(schema, operation.variableDefinitions ?? []),
    root: (variables) => {
      const shape = deciding.map((name) => String(variables[name])).join()
      const known = shapes.get(shape)
      if (known !== undefined) return known
      const chosen = Object.fromEntries(
        deciding.flatMap((name) => (name in variables ? [[name, variables[name]]] : [])),
      )
      const scope = { schema, fragments, variables: chosen }
      const plan = planSelection(scope, rootType, collectFields(scope, rootType, [operation.selectionSet]))
      if (shapes.size < MAX_SHAPES) shapes.set(shape, plan)
      return plan
    },
  }
}
