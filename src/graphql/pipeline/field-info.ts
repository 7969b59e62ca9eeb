import type { GraphQLResolveInfo } from 'graphql'
import type { Variables } from './collect.ts'
import type { FieldPlan, OperationPlan } from './plan.ts'

/** Where in the response something is. */
export type Path = NonNullable<GraphQLResolveInfo['path']>

export const pathTo = (field: FieldPlan, prev: Path | undefined): Path => ({
  prev,
  key: field.key,
  typename: field.parentType.name,
})

interface Running {
  readonly plan: OperationPlan
  readonly rootValue: unknown
  readonly variables: Variables
}

/** What graphql-js tells a resolver of its field; most ask for nothing of it. */
export class FieldInfo implements GraphQLResolveInfo {
  private readonly running: Running
  private readonly field: FieldPlan
  private readonly parent: Path | undefined
  private known: Path | null

  /** @param path null: it is made where it is asked for */
  constructor(running: Running, field: FieldPlan, parent: Path | undefined, path: Path | null) {
    this.running = running
    this.field = field
    this.parent = parent
    this.known = path
  }

  get path(): Path {
    return (this.known ??= pathTo(this.field, this.parent))
  }

  get fieldName(): string {
    return this.field.name
  }

  get fieldNodes(): GraphQLResolveInfo['fieldNodes'] {
    return this.field.nodes
  }

  get returnType(): GraphQLResolveInfo['returnType'] {
    return this.field.type
  }

  get parentType(): GraphQLResolveInfo['parentType'] {
    return this.field.parentType
  }

  get schema(): GraphQLResolveInfo['schema'] {
    return this.running.plan.schema
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.running.plan.fragments
  }

  get rootValue(): unknown {
    return this.running.rootValue
  }

  get operation(): GraphQLResolveInfo['operation'] {
    return this.running.plan.operation
  }

  get variableValues(): GraphQLResolveInfo['variableValues'] {
    return this.running.variables
  }
}
