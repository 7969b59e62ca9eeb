import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
} from 'graphql'

const SCALARS: Readonly<Record<string, string>> = {
  Int: '1',
  Boolean: 'true',
  DateTime: '"2030-01-01T00:00:00Z"',
  URL: '"https://app.example/"',
  CountryCode: '"SE"',
  _Any: '{ __typename: "User", id: "usr_0" }',
}

const literal = (type: GraphQLInputType): string => {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]?.name ?? ''
  if (isScalarType(type)) return SCALARS[type.name] ?? '"x"'
  if (!isInputObjectType(type)) throw new Error(String(type))
  const fields = Object.values(type.getFields())
  const given =
    type.isOneOf || type.astNode?.directives?.some(({ name }) => name.value === 'oneOf')
      ? fields.slice(0, 1)
      : fields.filter(isRequiredInputField)
  return `{ ${given.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`
}

/** The shortest valid selection of a root field: required arguments only, and `__typename` of what it gives. */
export const minimalSelection = (field: GraphQLField<unknown, unknown>): string => {
  const given = field.args.filter(isRequiredArgument).map(({ name, type }) => `${name}: ${literal(type)}`)
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'
  return `${field.name}${given.length === 0 ? '' : `(${given.join(', ')})`}${selection}`
}
