import { type DirectiveNode, type ValueNode, Kind, print } from 'graphql'

/** A change, as the sentence by which it can be declared. */
export interface Change {
  readonly what: string
  /** Whom it breaks, and how; null where nobody has to do anything. */
  readonly breaks: string | null
}

interface Use {
  readonly coordinate: string
  /** Of one name, on that element. Neither list is empty unless the other has something. */
  readonly before: readonly DirectiveNode[]
  readonly after: readonly DirectiveNode[]
  /** The names of all tags of the released schema. */
  readonly knownTags: ReadonlySet<string>
}

type Rule = (use: Use) => readonly Change[]

const argumentOf = (directive: DirectiveNode, name: string): ValueNode | undefined =>
  directive.arguments?.find((argument) => argument.name.value === name)?.value

const textOf = (directive: DirectiveNode, name: string): string => {
  const value = argumentOf(directive, name)
  return value?.kind === Kind.STRING ? value.value.replaceAll(/\s+/g, ' ').trim() : ''
}

/** One that may stand there or not. */
const flag =
  (breaks: { readonly added: string | null; readonly removed: string | null }): Rule =>
  ({ coordinate, before, after }) => {
    const name = [...before, ...after][0]?.name.value
    if (before.length > 0 === after.length > 0) return []
    return after.length > 0
      ? [{ what: `${coordinate}: @${name} was added.`, breaks: breaks.added }]
      : [{ what: `${coordinate}: @${name} was removed.`, breaks: breaks.removed }]
  }

const isResolvable = (key: DirectiveNode): boolean => {
  const value = argumentOf(key, 'resolvable')
  return value?.kind !== Kind.BOOLEAN || value.value
}

const keys: Rule = ({ coordinate, before, after }) => {
  const now = new Map(after.map((key) => [textOf(key, 'fields'), key]))
  const known = new Set(before.map((key) => textOf(key, 'fields')))
  const lost = before.flatMap((key): Change[] => {
    const fields = textOf(key, 'fields')
    const same = now.get(fields)
    if (same !== undefined && (isResolvable(same) || !isResolvable(key))) return []
    const how = same === undefined ? 'was removed' : 'can no longer be resolved'
    return [
      {
        what: `${coordinate}: @key(fields: "${fields}") ${how}.`,
        breaks: 'Graphs that refer to it by this key no longer compose.',
      },
    ]
  })
  const added = [...now.keys()].filter((fields) => !known.has(fields))
  return [
    ...lost,
    ...added.map((fields) => ({ what: `${coordinate}: @key(fields: "${fields}") was added.`, breaks: null })),
  ]
}

type Alternatives = readonly (readonly string[])[]

/** No directive, or an empty list, asks for nothing: one alternative without scopes. */
const alternativesOf = ([directive]: readonly DirectiveNode[], argument: string): Alternatives => {
  const value = directive === undefined ? undefined : argumentOf(directive, argument)
  if (value?.kind !== Kind.LIST || value.values.length === 0) return [[]]
  return value.values.map((all) =>
    all.kind === Kind.LIST ? all.values.flatMap((each) => (each.kind === Kind.STRING ? [each.value] : [])) : [],
  )
}

const implies = (before: Alternatives, after: Alternatives): boolean =>
  before.every((held) => after.some((asked) => asked.every((scope) => held.includes(scope))))

const rights =
  (argument: string): Rule =>
  ({ coordinate, before, after }) => {
    const [was, is] = [alternativesOf(before, argument), alternativesOf(after, argument)]
    const [stricter, looser] = [!implies(was, is), !implies(is, was)]
    if (!stricter && !looser) return []
    const name = [...before, ...after][0]?.name.value
    return [
      {
        what: `${coordinate}: @${name} is now ${JSON.stringify(is)}, and was ${JSON.stringify(was)}.`,
        breaks: stricter ? 'Credentials that were enough are refused.' : null,
      },
    ]
  }

const tags: Rule = ({ coordinate, before, after, knownTags }) => {
  const [was, is] = [before, after].map((list) => new Set(list.map((tag) => textOf(tag, 'name'))))
  const gone = [...(was ?? [])].filter((name) => is?.has(name) !== true)
  const come = [...(is ?? [])].filter((name) => was?.has(name) !== true)
  return [
    ...gone.map((name) => ({
      what: `${coordinate}: @tag(name: "${name}") was removed.`,
      breaks: 'A contract that includes this tag loses it; one that excludes the tag begins to show it.',
    })),
    ...come.map((name) => ({
      what: `${coordinate}: @tag(name: "${name}") was added.`,
      // No contract can name a tag that was never released.
      breaks: knownTags.has(name) ? 'A contract that excludes this tag loses it.' : null,
    })),
  ]
}

const versionOf = (link: DirectiveNode): readonly [spec: string, version: string] => {
  const url = textOf(link, 'url')
  const at = url.lastIndexOf('/v')
  return [url.slice(0, at), url.slice(at + 1)]
}

const links: Rule = ({ before, after }) => {
  const was = new Map(before.map(versionOf))
  return after.map(versionOf).flatMap(([spec, version]) =>
    was.get(spec) === version
      ? []
      : [
          {
            what: `schema: ${spec} is now ${version}, and was ${was.get(spec) ?? 'not linked'}.`,
            breaks: 'Composition and routers that do not know this version refuse the graph.',
          },
        ],
  )
}

const texts =
  (breaks: string | null): Rule =>
  ({ coordinate, before, after }) => {
    const [was, is] = [before, after].map((list) => list.map((each) => print(each)).join(' '))
    return was === is ? [] : [{ what: `${coordinate}: ${is || 'nothing'} in place of ${was || 'nothing'}.`, breaks }]
  }

/** By the name that the federation specification gives. What is not here may not be used: nobody would know what it breaks. */
const RULES: Readonly<Record<string, Rule>> = {
  cacheControl: texts(null),
  deprecated: flag({ added: null, removed: null }),
  inaccessible: flag({ added: 'Clients of a supergraph no longer find it.', removed: null }),
  key: keys,
  link: links,
  oneOf: flag({ added: 'Inputs with several fields, or none, are refused.', removed: null }),
  policy: rights('policies'),
  requiresScopes: rights('scopes'),
  shareable: flag({ added: null, removed: 'Graphs that define it as well no longer compose.' }),
  specifiedBy: texts('What the scalar takes and gives has changed.'),
  tag: tags,
}

const unknown: Rule = texts('`directive-rules.ts` does not know this directive: give it a rule.')

export const changesOfUse = (name: string, use: Use): readonly Change[] => (RULES[name] ?? unknown)(use)

export const nameOfTag = (directive: DirectiveNode): string => textOf(directive, 'name')
