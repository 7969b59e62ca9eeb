import { type ASTVisitor, GraphQLError, Kind, type OperationDefinitionNode, type ValidationRule } from 'graphql'
import type { Variables } from './collect.ts'
import { createMeter, MAX_PAGE, type Measure } from './meter.ts'
import { onceForEach } from './once-for-each.ts'
import type { OperationPlan } from './plan.ts'
import type { ProtocolCode } from './protocol-errors.ts'
import { refuseVariables } from './variable-limits.ts'

/** What one operation may ask; see `Measure` for how it is counted. Introspection of the schema is not counted. */
export interface OperationLimits {
  /** Tokens of the document, checked while it is parsed. */
  readonly maxTokens: number
  readonly maxDepth: number
  readonly maxAliases: number
  readonly maxAliasLength: number
  readonly maxRootFields: number
  /** Fields of one selection, fragments expanded. */
  readonly maxBreadth: number
  /** Fields of the whole operation. */
  readonly maxFields: number
  readonly maxDirectives: number
  readonly maxCost: number
  /** Of any list in the variables. */
  readonly maxListItems: number
  /** Lists and objects inside each other in the variables. */
  readonly maxInputDepth: number
}

/** Those of a configuration that says nothing; a test holds both equal. */
export const DEFAULT_LIMITS: OperationLimits = {
  maxTokens: 2000,
  maxDepth: 15,
  maxAliases: 30,
  maxAliasLength: 100,
  maxRootFields: 10,
  maxBreadth: 100,
  maxFields: 500,
  maxDirectives: 100,
  maxCost: 5000,
  maxListItems: 1000,
  maxInputDepth: 12,
}

const excess = (
  nodes: OperationDefinitionNode,
  code: ProtocolCode,
  what: string,
  found: number,
  limit: number,
): GraphQLError[] => {
  if (found <= limit) return []
  const message = `The operation has ${what} of ${found}; the limit is ${limit}.`
  return [new GraphQLError(message, { nodes, extensions: { code, http: { status: 400 } } })]
}

const tooCostly = (operation: OperationDefinitionNode, cost: number, { maxCost }: OperationLimits): GraphQLError[] =>
  excess(operation, 'OPERATION_TOO_COSTLY', 'a cost', cost, maxCost)

/** One validation rule for every limit but the tokens. Sizes that variables will give count as 1 here: `CheckRequest` follows. */
export const createLimitRule =
  (limits: OperationLimits): ValidationRule =>
  (context): ASTVisitor => {
    const schema = context.getSchema()
    const measure = createMeter({ schema, fragmentOf: (name) => context.getFragment(name), sizeOf: () => 1 })
    return {
      OperationDefinition: (operation) => {
        const root = schema.getRootType(operation.operation)
        const { depth, aliases, aliasLength, width, breadth, fields, directives, cost } = measure(operation, root)
        const errors = [
          ...excess(operation, 'OPERATION_TOO_DEEP', 'a depth', depth, limits.maxDepth),
          ...excess(operation, 'OPERATION_TOO_WIDE', 'a number of aliases', aliases, limits.maxAliases),
          ...excess(operation, 'OPERATION_TOO_LARGE', 'an alias of a length', aliasLength, limits.maxAliasLength),
          ...excess(operation, 'OPERATION_TOO_WIDE', 'a number of root fields', width, limits.maxRootFields),
          ...excess(operation, 'OPERATION_TOO_WIDE', 'a number of fields in one selection', breadth, limits.maxBreadth),
          ...excess(operation, 'OPERATION_TOO_WIDE', 'a number of fields', fields, limits.maxFields),
          ...excess(operation, 'OPERATION_TOO_WIDE', 'a number of directives', directives, limits.maxDirectives),
          ...tooCostly(operation, cost, limits),
        ]
        for (const error of errors) context.reportError(error)
        return false
      },
    }
  }

const measurePlan = (
  { schema, fragments, operation, rootType }: OperationPlan,
  sizeOf: (name: string) => number,
): Measure => createMeter({ schema, fragmentOf: (name) => fragments[name], sizeOf })(operation, rootType)

const sizeOfVariable = (operation: OperationDefinitionNode, variables: Variables, name: string): number => {
  const value = variables[name]
  if (typeof value === 'number') return Math.max(0, value)
  if (Array.isArray(value)) return value.length
  if (value !== undefined) return MAX_PAGE
  const fallback = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue
  if (fallback?.kind === Kind.INT) return Math.max(0, Number(fallback.value))
  return fallback?.kind === Kind.LIST ? fallback.values.length : MAX_PAGE
}

interface CostBound {
  /** With every size that a variable gives at the largest page. */
  readonly cost: number
  readonly sizes: ReadonlySet<string>
}

/** What an operation asks with the variables of a request, as sent. */
const measureWith = (plan: OperationPlan, variables: Variables): Measure =>
  measurePlan(plan, (name) => sizeOfVariable(plan.operation, variables, name))

/** For callers who want to know how near to the limits they are. */
export const createCostDescription =
  (limits: OperationLimits) =>
  (plan: OperationPlan, variables: Variables): Readonly<Record<string, number>> => {
    const { cost, depth, fields, aliases } = measureWith(plan, variables)
    return { requested: cost, limit: limits.maxCost, depth, fields, aliases }
  }

/** Refuses an operation for the variables of this request, as sent: their size, or what they make it cost. */
export type CheckRequest = (plan: OperationPlan, variables: Variables) => GraphQLError | null

export const createRequestCheck = (limits: OperationLimits): CheckRequest => {
  const boundOf = onceForEach((plan: OperationPlan): CostBound => {
    const sizes = new Set<string>()
    const { cost } = measurePlan(plan, (name) => {
      sizes.add(name)
      return MAX_PAGE
    })
    return { cost, sizes }
  })
  return (plan, variables) => {
    const tooLarge = refuseVariables(plan.operation, variables, limits)
    if (tooLarge !== null) return tooLarge
    const { cost, sizes } = boundOf(plan)
    if (sizes.size === 0) return null
    const sizeOf = (name: string): number => sizeOfVariable(plan.operation, variables, name)
    if (cost <= limits.maxCost && [...sizes].every((name) => sizeOf(name) <= MAX_PAGE)) return null
    return tooCostly(plan.operation, measureWith(plan, variables).cost, limits)[0] ?? null
  }
}
