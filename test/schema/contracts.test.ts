import { composeServices } from '@apollo/composition'
import {
  type DirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  isObjectType,
  isUnionType,
  Kind,
  parse,
  print,
  visit,
} from 'graphql'
import { describe, expect, test } from 'vitest'
import { typeDefs } from '../../src/graphql/type-defs.ts'
import { USER_TOKEN_SCOPES } from '../../src/services/user-tokens.ts'

const TAGS = ['backend', 'operations', 'sandbox'] as const
type Tag = (typeof TAGS)[number]

const textOf = (directive: DirectiveNode, argument: string): string => {
  const value = directive.arguments?.find(({ name }) => name.value === argument)?.value
  return value?.kind === Kind.STRING ? value.value : ''
}

const isTagged = (directives: readonly DirectiveNode[] | undefined, tags: readonly string[]): boolean =>
  (directives ?? []).some((each) => each.name.value === 'tag' && tags.includes(textOf(each, 'name')))

const INACCESSIBLE: DirectiveNode = {
  kind: Kind.DIRECTIVE,
  name: { kind: Kind.NAME, value: 'inaccessible' },
  arguments: [],
}

/** What a contract that excludes the tags makes of a subgraph: it hides what bears one of them. */
const excluding = (document: DocumentNode, tags: readonly Tag[]): DocumentNode =>
  visit(document, {
    enter: (node) =>
      'directives' in node && isTagged(node.directives as readonly DirectiveNode[], tags)
        ? { ...node, directives: [...(node.directives ?? []), INACCESSIBLE] }
        : undefined,
  })

const composed = (document: DocumentNode) => {
  const result = composeServices([{ name: 'consentgraph', url: 'http://consentgraph/graphql', typeDefs: document }])
  expect(result.errors?.map(String) ?? []).toEqual([])
  if (result.schema === undefined) throw new Error('nothing was composed')
  return { supergraph: result.supergraphSdl, api: result.schema.toAPISchema().toGraphQLJSSchema() }
}

const apiWithout = (...tags: readonly Tag[]): GraphQLSchema => composed(excluding(typeDefs, tags)).api

const fieldsOf = (schema: GraphQLSchema, name: string): readonly string[] => {
  const type = schema.getType(name)
  return isObjectType(type) ? Object.keys(type.getFields()) : []
}

test('the tags come into the supergraph, and there are no others', () => {
  const found = [...composed(typeDefs).supergraph.matchAll(/@tag\(name: "(\w+)"\)/g)].map(([, name]) => name)
  expect(new Set(found)).toEqual(new Set(TAGS))
})

describe('a contract', () => {
  test('for frontends has nothing of backends, of operations and of the sandbox', () => {
    const api = apiWithout('backend', 'operations', 'sandbox')
    expect(fieldsOf(api, 'Mutation')).toEqual([
      'startAuthorization',
      'answerChallenge',
      'resendChallenge',
      'completeAuthorization',
      'cancelAuthorization',
      'renewConsent',
      'revokeConsent',
    ])
    expect(fieldsOf(api, 'Consent')).not.toContain('explain')
    expect(fieldsOf(api, 'ProviderHealth')).not.toContain('p95Millis')
    expect(fieldsOf(api, 'ConsentStatusChanged')).not.toContain('webhookBody')
    const gone = [
      'WebhookEndpoint',
      'CreateUserInput',
      'ApiClient',
      'ConsentExplanation',
      'Sandbox',
      'SandboxGuideEntry',
    ]
    expect(gone.filter((name) => api.getType(name) !== undefined)).toEqual([])
    expect(Object.values(api.getTypeMap()).filter((type) => isUnionType(type) && type.getTypes().length === 0)).toEqual(
      [],
    )
  })

  test('for production alone leaves out the sandbox alone', () => {
    const [all, without] = [composed(typeDefs).api, apiWithout('sandbox')]
    const names = (schema: GraphQLSchema) => Object.keys(schema.getTypeMap())
    expect(names(all).filter((name) => !names(without).includes(name))).toEqual(['Sandbox', 'SandboxGuideEntry'])
    expect(fieldsOf(all, 'Query').filter((name) => !fieldsOf(without, 'Query').includes(name))).toEqual(['sandbox'])
  })

  test('that would leave a field without its type does not compose', () => {
    const halved = print(typeDefs).replace('sandbox: Sandbox @tag(name: "sandbox")', 'sandbox: Sandbox')
    expect(halved).not.toBe(print(typeDefs))
    const result = composeServices([
      { name: 'consentgraph', url: 'http://consentgraph/graphql', typeDefs: excluding(parse(halved), ['sandbox']) },
    ])
    expect(result.errors?.map(String).join('\n')).toMatch(/Query\.sandbox/)
  })
})

interface Scoped {
  readonly name: string
  readonly directives: readonly DirectiveNode[]
}

const scopedIn = (document: DocumentNode): readonly Scoped[] =>
  document.definitions.flatMap((type) =>
    type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.OBJECT_TYPE_EXTENSION
      ? (type.fields ?? []).flatMap((field) =>
          (field.directives ?? []).some(({ name }) => name.value === 'requiresScopes')
            ? [
                {
                  name: `${type.name.value}.${field.name.value}`,
                  directives: [...(type.directives ?? []), ...(field.directives ?? [])],
                },
              ]
            : [],
        )
      : [],
  )

/** Fields whose every alternative asks for more than a user token has. */
const beyondFrontends = (document: DocumentNode): readonly Scoped[] =>
  scopedIn(document).filter(({ directives }) => {
    const rule = directives.find(({ name }) => name.value === 'requiresScopes')?.arguments?.[0]?.value
    const alternatives = JSON.parse(rule === undefined ? '[]' : print(rule)) as readonly (readonly string[])[]
    return !alternatives.some((all) => all.every((scope) => (USER_TOKEN_SCOPES as readonly string[]).includes(scope)))
  })

test('what no user token may ask for bears a tag, so that a contract for frontends can leave it out', () => {
  const beyond = beyondFrontends(typeDefs)
  expect(beyond.length).toBeGreaterThan(9)
  const untagged = beyond.filter(({ directives }) => !isTagged(directives, ['backend', 'operations']))
  expect(untagged.map(({ name }) => name)).toEqual([])
})

test('that check finds a field without one', () => {
  const more = parse(
    'extend type Query { keys: Int @requiresScopes(scopes: [["users:write"], ["users:read", "operations:read"]]) }',
  )
  expect(beyondFrontends(more).map(({ name }) => name)).toEqual(['Query.keys'])
})
