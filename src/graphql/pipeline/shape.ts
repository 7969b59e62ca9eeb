import {
  type GraphQLAbstractType,
  GraphQLBoolean,
  GraphQLID,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLString,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** An output type, taken apart once, so that completing a value asks no `isXType` of graphql-js. */
export type Shape = { readonly nonNull: boolean } & (
  | LeafShape
  | { readonly kind: 'OBJECT'; readonly type: GraphQLObjectType; readonly item: null; readonly verbatim: null }
  | { readonly kind: 'ABSTRACT'; readonly type: GraphQLAbstractType; readonly item: null; readonly verbatim: null }
  | { readonly kind: 'LIST'; readonly type: null; readonly item: Shape; readonly verbatim: null }
)

export interface LeafShape {
  readonly nonNull: boolean
  readonly kind: 'LEAF'
  readonly type: GraphQLLeafType
  readonly item: null
  /** A value of which `typeof` says this is written as it is; null: `serialize` has to be asked. */
  readonly verbatim: 'string' | 'boolean' | null
}

const verbatimOf = (type: GraphQLLeafType): LeafShape['verbatim'] => {
  if (type === GraphQLString || type === GraphQLID) return 'string'
  return type === GraphQLBoolean ? 'boolean' : null
}

// All of them have the same members in the same order: what reads them then knows one form.
export const shapeOf = (type: GraphQLOutputType, nonNull = false): Shape => {
  if (isNonNullType(type)) return shapeOf(type.ofType, true)
  if (isListType(type)) return { kind: 'LIST', nonNull, type: null, item: shapeOf(type.ofType), verbatim: null }
  if (isLeafType(type)) return { kind: 'LEAF', nonNull, type, item: null, verbatim: verbatimOf(type) }
  if (isObjectType(type)) return { kind: 'OBJECT', nonNull, type, item: null, verbatim: null }
  return { kind: 'ABSTRACT', nonNull, type, item: null, verbatim: null }
}
