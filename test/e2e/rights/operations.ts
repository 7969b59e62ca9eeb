import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  buildSchema,
  type FieldDefinitionNode,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** Whose things an operation names. */
export interface Named {
  readonly user: string
  readonly externalId: string
  readonly consent: string
  readonly session: string
  readonly step: string
  readonly endpoint: string
}

/** Alternatives, each a set of scopes that must all be held. */
export type Rule = readonly (readonly string[])[]

/** One operation for one or several fields of one type. */
export interface GeneratedOperation {
  /** `Consent.accounts`, or the type where it takes all fields without a rule of their own. */
  readonly name: string
  readonly kind: 'query' | 'mutation' | 'subscription'
  /** The first field of it. */
  readonly root: string
  /** The rules on the way from the root to the field. */
  readonly rules: readonly Rule[]
  /** `Type.field` of all that it selects. */
  readonly covers: readonly string[]
  readonly text: (named: Named) => string
}

type Field = GraphQLField<unknown, unknown>
interface Hop {
  readonly owner: GraphQLObjectType
  readonly field: Field
  /** Where the field answers an interface or union. */
  readonly as: GraphQLObjectType | null
}

const ROOT = join(import.meta.dirname, '../../..')
/** What composition takes away from the printed schema, for a subgraph's own use. */
const EXTRAS = `
  scalar federation__Scope  scalar link__Import
  directive @link(url: String, as: String, for: String, import: [link__Import]) repeatable on SCHEMA
`

export const readSchema = (): GraphQLSchema => {
  const printed = readFileSync(join(ROOT, 'docs/schema.graphql'), 'utf8')
  return buildSchema(printed.includes('directive @link') ? printed : `${printed}${EXTRAS}`, {
    assumeValidSDL: true,
    assumeValid: true,
  })
}

/** Null where it has none of its own. */
export const ruleOf = (node: FieldDefinitionNode | null | undefined): Rule | null => {
  const directive = node?.directives?.find(({ name }) => /(^|__)requiresScopes$/.test(name.value))
  const value = directive?.arguments?.find(({ name }) => name.value === 'scopes')?.value
  if (value?.kind !== 'ListValue') return null
  return value.values.map((all) =>
    all.kind === 'ListValue' ? all.values.map((scope) => (scope.kind === 'StringValue' ? scope.value : '')) : [],
  )
}

export const objectTypesOf = (schema: GraphQLSchema): readonly GraphQLObjectType[] =>
  Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && !/^(__|_Service$)/.test(type.name),
  ) as GraphQLObjectType[]

export const fieldsOf = (type: GraphQLObjectType): readonly Field[] => Object.values(type.getFields())

const IDS: Readonly<Record<string, (named: Named) => string>> = {
  consentId: ({ consent }) => consent,
  authSessionId: ({ session }) => session,
  stepId: ({ step }) => step,
}
/** Which of them an `id` is, by where it stands. */
const ID_OF: Readonly<Record<string, keyof Named>> = {
  consent: 'consent',
  authSession: 'session',
  node: 'consent',
  UpdateWebhookEndpointInput: 'endpoint',
  WebhookEndpointInput: 'endpoint',
}
const TEXTS: Readonly<Record<string, string>> = {
  externalId: 'made by the matrix',
  callbackUrl: 'http://127.0.0.1:9/callback/enableBanking?code=1&state=2',
  success: 'http://127.0.0.1:9/return',
  endpointUrl: 'https://matrix.example/events',
  institutionId: 'ins_T1BFTl9CQU5LX1BST0pFQ1QKc2FuZGJveC5vdHA',
  otp: '123',
}

/** A value for an argument or a member of an input: what must be given, and what names something of somebody's. */
const valueOf = (type: GraphQLInputType, name: string, place: string, named: Named): string | null => {
  const required = isNonNullType(type)
  const inner = isNonNullType(type) ? type.ofType : type
  const namedType = getNamedType(inner)
  if (namedType.name === 'UserRef') return `{ id: ${JSON.stringify(named.user)} }`
  if (namedType.name === 'ConsentStreamFilter') return `{ consentId: ${JSON.stringify(named.consent)} }`
  if (name === 'ids') return JSON.stringify([named.consent, named.session, named.user])
  if (name === 'representations') {
    return `[{ __typename: "Consent", id: ${JSON.stringify(named.consent)} }, { __typename: "AuthSession", id: ${JSON.stringify(named.session)} }, { __typename: "User", id: ${JSON.stringify(named.user)} }]`
  }
  if (name in IDS) return JSON.stringify(IDS[name]!(named))
  if (!required) return null
  if (name === 'id') return JSON.stringify(named[ID_OF[place] ?? 'consent'])
  if (isListType(inner)) return '[]'
  if (isEnumType(namedType)) return namedType.getValues()[0]!.name
  if (!isInputObjectType(namedType)) return JSON.stringify(TEXTS[name] ?? 'x')
  const members = Object.values(namedType.getFields()).flatMap((member) => {
    const value = valueOf(member.type, member.name, namedType.name, named)
    return value === null ? [] : [`${member.name}: ${value}`]
  })
  if (namedType.name === 'AuthorizationTarget') members.push(`institutionId: ${JSON.stringify(TEXTS['institutionId'])}`)
  if (namedType.name === 'ChallengeAnswer') members.push(`otp: ${JSON.stringify(TEXTS['otp'])}`)
  return `{ ${members.join(', ')} }`
}

const argumentsOf = (field: Field, named: Named): string => {
  const given = field.args.flatMap((argument) => {
    const value = valueOf(argument.type, argument.name, field.name, named)
    return value === null ? [] : [`${argument.name}: ${value}`]
  })
  return given.length === 0 ? '' : `(${given.join(', ')})`
}

const toSelection = (field: Field, named: Named): string => {
  const leaf = isLeafType(getNamedType(field.type))
  return `${field.name}${argumentsOf(field, named)}${leaf ? '' : ' { __typename }'}`
}

const toText = (hops: readonly Hop[], last: readonly Field[], named: Named): string =>
  hops.reduceRight(
    (inner, { field, as }) =>
      `${field.name}${argumentsOf(field, named)} { __typename ${as === null ? inner : `... on ${as.name} { ${inner} }`} }`,
    last.map((field) => toSelection(field, named)).join(' '),
  )

/** They lead anywhere, or to whoever asks: there is another way to everything. */
const NO_WAYS: ReadonlySet<string> = new Set(['node', 'nodes', 'me'])

/** The shortest way to each type from one of the roots. */
const findWays = (schema: GraphQLSchema, root: GraphQLObjectType): ReadonlyMap<string, readonly Hop[]> => {
  const ways = new Map<string, readonly Hop[]>([[root.name, []]])
  const queue: GraphQLObjectType[] = [root]
  for (const owner of queue) {
    for (const field of fieldsOf(owner)) {
      if (owner === root && NO_WAYS.has(field.name)) continue
      const target: GraphQLNamedType = getNamedType(field.type)
      const abstract = isAbstractType(target)
      const types = abstract ? schema.getPossibleTypes(target) : isObjectType(target) ? [target] : []
      for (const type of types) {
        if (ways.has(type.name) || type.name === '_Service') continue
        ways.set(type.name, [...(ways.get(owner.name) ?? []), { owner, field, as: abstract ? type : null }])
        queue.push(type)
      }
    }
  }
  return ways
}

/** Operations that together select every field of every type, each by the shortest way; queries before mutations. */
export const generateOperations = (schema: GraphQLSchema): readonly GeneratedOperation[] => {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const
  const done = new Set<string>()
  return roots.flatMap(([kind, root]) => {
    if (root == null) return []
    return [...findWays(schema, root)].flatMap(([name, hops]) => {
      if (done.has(name)) return []
      done.add(name)
      const type = schema.getType(name) as GraphQLObjectType
      const onTheWay = hops.map(({ field }) => ruleOf(field.astNode)).filter((rule) => rule !== null)
      const toOperation = (of: string, fields: readonly Field[], own: readonly Rule[]): GeneratedOperation => ({
        name: of,
        kind,
        root: hops[0]?.field.name ?? fields[0]!.name,
        rules: [...onTheWay, ...own],
        covers: fields.map((field) => `${name}.${field.name}`),
        text: (named) => `${kind} { ${toText(hops, fields, named)} }`,
      })
      const isOwn = (field: Field): boolean => hops.length === 0 || ruleOf(field.astNode) !== null
      const plain = fieldsOf(type).filter((field) => !isOwn(field))
      const ruled = fieldsOf(type).filter(isOwn)
      return [
        ...(plain.length === 0 ? [] : [toOperation(name, plain, [])]),
        ...ruled.map((field) => {
          const rule = ruleOf(field.astNode)
          return toOperation(`${name}.${field.name}`, [field], rule === null ? [] : [rule])
        }),
      ]
    })
  })
}

/** May a credential that has every scope but this one run it? */
export const isAllowedWithout = ({ rules }: GeneratedOperation, scope: string): boolean =>
  rules.every((rule) => rule.some((all) => !all.includes(scope)))
