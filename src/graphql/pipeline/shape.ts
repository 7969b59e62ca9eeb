import {
  type GraphQLAbstractType,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** An output type, taken apart once, so that completing a value asks no `isXType` of graphql-js. */
export type Shape = { readonly nonNull: boolean } & (
  | { readonly kind: 'LEAF'; readonly type: GraphQLLeafType }
  | { readonly kind: 'OBJECT'; readonly type: GraphQLObjectType }
  | { readonly kind: 'ABSTRACT'; readonly type: GraphQLAbstractType }
  | { readonly kind: 'LIST'; readonly item: Shape }
)

export const shapeOf = (type: GraphQLOutputType, nonNull = false): Shape => {
  if (isNonNullType(type)) return shapeOf(type.ofType, true)
  if (isListType(type)) return { kind: 'LIST', nonNull, item: shapeOf(type.ofType) }
  if (isLeafType(type)) return { kind: 'LEAF', nonNull, type }
  return isObjectType(type) ? { kind: 'OBJECT', nonNull, type } : { kind: 'ABSTRACT', nonNull, type }
}
