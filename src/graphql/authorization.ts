import {
  defaultFieldResolver,
  getDirectiveValues,
  type GraphQLFieldResolver,
  type GraphQLSchema,
  isObjectType,
} from 'graphql'
import { GatewayError } from '../domain/errors.ts'
import { type GraphContext, requireViewer } from './context.ts'

/** Alternatives, each a set of scopes that must all be held: as federation reads `@requiresScopes`. */
export type ScopeRule = readonly (readonly string[])[]

/** @throws GatewayError UNAUTHENTICATED or NOT_ALLOWED */
export const requireScopes = (context: GraphContext, rule: ScopeRule): void => {
  const { scopes } = requireViewer(context)
  if (rule.length === 0 || rule.some((all) => all.every((scope) => scopes.has(scope)))) return
  throw new GatewayError('NOT_ALLOWED', {
    message: `This credential lacks the scope ${rule.map((all) => all.join(' and ')).join(', or ')}.`,
  })
}

type Resolve = GraphQLFieldResolver<unknown, GraphContext>

const guard =
  (resolve: Resolve, rule: ScopeRule): Resolve =>
  (parent, args, context, info) => {
    requireScopes(context, rule)
    return resolve(parent, args, context, info)
  }

/** What composition reads is the schema, and not anybody's data. */
const SDL_FIELD = 'Query._service'

/** They hold nothing of anybody's, or ask for the scope of what they find: a credential is enough. */
const FOR_ANY_CREDENTIAL: ReadonlySet<string> = new Set([
  'Query._entities',
  'Query.institutions',
  'Query.node',
  'Query.nodes',
  'Query.providers',
  'Query.sandbox',
  'Query.viewer',
])

/**
 * The one place that decides who may resolve a field; changes the schema in place. Every root field needs a credential;
 * every field with `@requiresScopes` needs the scopes as well. What the field then finds is the store's to say: its reads
 * carry the owner.
 *
 * @param publicSdl true: composition needs no credential
 * @throws Error for a root field without a rule: nothing is open for having been forgotten
 */
export const guardFields = (schema: GraphQLSchema, publicSdl = false): void => {
  const directive = schema.getDirective('requiresScopes') ?? schema.getDirective('federation__requiresScopes')
  if (directive == null) throw new Error('the schema does not know @requiresScopes: no field could be guarded')
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()])
  for (const type of Object.values(schema.getTypeMap()).filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      const values = field.astNode == null ? undefined : getDirectiveValues(directive, field.astNode)
      const name = `${type.name}.${field.name}`
      if ((publicSdl && name === SDL_FIELD) || (values === undefined && !roots.has(type))) continue
      if (values === undefined && name !== SDL_FIELD && !FOR_ANY_CREDENTIAL.has(name)) {
        throw new Error(`${name} says nothing of scopes: give it @requiresScopes.`)
      }
      const rule = (values?.['scopes'] ?? []) as ScopeRule
      if (field.subscribe == null) field.resolve = guard(field.resolve ?? defaultFieldResolver, rule)
      else field.subscribe = guard(field.subscribe, rule)
    }
  }
}
