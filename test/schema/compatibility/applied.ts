import {
  type DirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
} from 'graphql'

/** The directives on each element, by its coordinate: `schema`, `Type`, `Type.field`, `Type.field(argument:)`. */
export type Applied = ReadonlyMap<string, readonly DirectiveNode[]>

interface Element {
  readonly coordinate: string
  readonly directives: readonly DirectiveNode[]
}

const isNamed = (directive: DirectiveNode, name: string): boolean => directive.name.value === name

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode

const isObject = (node: DefinitionNode): node is ObjectNode =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION

/** On a type, @shareable is short for @shareable on each field that stands there. */
const shareableOf = (type: DefinitionNode): readonly DirectiveNode[] =>
  isObject(type) ? (type.directives ?? []).filter((directive) => isNamed(directive, 'shareable')) : []

const elementsOfField = (
  typeName: string,
  field: FieldDefinitionNode,
  inherited: readonly DirectiveNode[],
): readonly Element[] => {
  const coordinate = `${typeName}.${field.name.value}`
  return [
    { coordinate, directives: [...(field.directives ?? []), ...inherited] },
    ...(field.arguments ?? []).map(({ name, directives = [] }) => ({
      coordinate: `${coordinate}(${name.value}:)`,
      directives,
    })),
  ]
}

const elementsOf = (definition: DefinitionNode): readonly Element[] => {
  if (definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION) {
    return [{ coordinate: 'schema', directives: definition.directives ?? [] }]
  }
  if (!('name' in definition) || definition.name === undefined || definition.kind === Kind.DIRECTIVE_DEFINITION)
    return []
  const name = definition.name.value
  const inherited = shareableOf(definition)
  const own = (definition.directives ?? []).filter((directive) => !inherited.includes(directive))
  const fields = 'fields' in definition ? (definition.fields ?? []) : []
  const values = 'values' in definition ? (definition.values ?? []) : []
  return [
    { coordinate: name, directives: own },
    ...fields.flatMap((field) =>
      field.kind === Kind.FIELD_DEFINITION
        ? elementsOfField(name, field, inherited)
        : [{ coordinate: `${name}.${field.name.value}`, directives: field.directives ?? [] }],
    ),
    ...values.map((value) => ({ coordinate: `${name}.${value.name.value}`, directives: value.directives ?? [] })),
  ]
}

/** Parts of one type that stand in several places are one type. */
export const appliedIn = ({ definitions }: DocumentNode): Applied => {
  const applied = new Map<string, readonly DirectiveNode[]>()
  for (const { coordinate, directives } of definitions.flatMap(elementsOf)) {
    applied.set(coordinate, [...(applied.get(coordinate) ?? []), ...directives])
  }
  return applied
}
