import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { PROVIDER_IDS } from '../../src/domain/provider-id.ts'
import { LAYERS, PACKAGES } from './layers.ts'
import { literalText, nameOf, type Source, type SyntaxNode } from './source.ts'

export interface Rule {
  readonly name: string
  /** What is wrong in this file, one line each. */
  check(source: Source): readonly string[]
}

const layerOf = (path: string) => LAYERS.find(({ holds }) => holds.test(path))

const providerFolder = (path: string): string | null => /^src\/providers\/([^/]+)\//.exec(path)?.[1] ?? null

const isWithin = (path: string, target: string): boolean => {
  const layer = layerOf(path)
  return layer !== undefined && layer === layerOf(target) && providerFolder(path) === providerFolder(target)
}

/** Its own folder's `config.ts` is a layer of its own, which the rest of the folder may read. */
const isOwnConfig = (path: string, target: string): boolean =>
  providerFolder(path) !== null && target === `src/providers/${providerFolder(path)}/config.ts`

const layers: Rule = {
  name: 'imports go one way',
  check: ({ path, imports }) => {
    const layer = layerOf(path)
    if (layer === undefined) return ['has no place in the design']
    return imports
      .filter(({ specifier, target }) => {
        if (target === null) return specifier === '' || specifier.startsWith('#') || specifier.startsWith('/')
        if (target.endsWith('package.json')) return false
        return !(isWithin(path, target) || isOwnConfig(path, target) || layer.mayImport.some((may) => may.test(target)))
      })
      .map(({ specifier }) => `${layer.name} may not import ${specifier || 'what is computed'}`)
  },
}

const packages: Rule = {
  name: 'each outside package has its place',
  check: ({ path, imports }) =>
    imports
      .filter(({ target }) => target === null)
      .flatMap(({ specifier }) => {
        if (path.startsWith('src/domain/')) return [`domain imports ${specifier}`]
        const place = PACKAGES.find(({ packages: owned }) => owned.test(specifier))
        return place && !place.only.test(path) && path !== 'src/gateway.ts' ? [`imports ${specifier}`] : []
      }),
}

const builtIns: Rule = {
  name: 'built-ins are imported as `node:`',
  check: ({ imports }) =>
    imports
      .filter(({ specifier }) => isBuiltin(specifier) && !specifier.startsWith('node:'))
      .map(({ specifier }) => `imports ${specifier}`),
}

const gettersInLiterals: Rule = {
  name: 'no getter in an object literal: V8 keeps what each of them can see until the next full collection',
  check: ({ nodes }) =>
    nodes
      .filter(({ type }) => type === 'ObjectExpression')
      .flatMap((literal) => literal['properties'] as readonly SyntaxNode[])
      .filter(({ kind }) => kind === 'get' || kind === 'set')
      .map(({ key }) => `${nameOf(key) ?? 'something computed'} is to be a getter of a class`),
}

/** Plain maps and sets that entries leave all the same, and why. */
const MAY_BE_PLAIN: ReadonlyMap<string, string> = new Map([
  ['src/graphql/pipeline/alarms.ts due', 'numbers, and sets of what holds nothing once it is off'],
  ['src/graphql/pipeline/documents.ts entries', 'documents stay longer than any young object'],
  ['src/graphql/pipeline/tally.ts counts', 'names and numbers'],
  ['src/providers/insurely/sessions.ts held', 'tokens stay for hours'],
  ['src/server/graphiql-boot.ts items', 'runs in a browser'],
  ['src/services/accounts.ts kept', 'lists stay for minutes'],
  ['src/services/change-feed.ts followers', 'as many as parts of the gateway, for its life'],
  ['src/services/change-feed.ts watchers', 'as many as parts of the gateway, for its life'],
  ['src/services/institutions.ts running', 'as many as providers, once in ten minutes'],
  ['src/services/watching.ts begun', 'names'],
  ['src/services/webhook/dispatch.ts under', 'promises without a value'],
  ['src/services/webhook/dispatch.ts woken', 'names'],
  ['src/store/confirmations.ts gathered', 'lives for a second'],
  ['src/store/confirmations.ts underWay', 'one in a second'],
  ['src/store/embedded/statement-cache.ts statements', 'statements stay longer than any young object'],
  ['src/store/nudges.ts listeners', 'as many as parts of the gateway, for its life'],
  ['src/upstream/bulkhead.ts line', 'empty but under more than a provider takes'],
  ['src/upstream/circuits.ts institutions', 'circuits stay longer than any young object'],
])

const memberName = (node: unknown): string | null => {
  const { type, property } = (node ?? {}) as SyntaxNode
  const { type: kind, name } = (property ?? {}) as SyntaxNode
  return type === 'MemberExpression' && kind === 'PrivateIdentifier' ? `#${String(name)}` : nameOf(node)
}

/** The name of what is made here, and with what. */
const madeIn = (node: SyntaxNode): readonly [name: string | null, from: unknown] | null => {
  switch (node.type) {
    case 'VariableDeclarator':
      return [nameOf(node['id']), node['init']]
    case 'AssignmentExpression':
      return [memberName(node['left']), node['right']]
    case 'PropertyDefinition': {
      const key = node['key'] as SyntaxNode
      return [key.type === 'PrivateIdentifier' ? `#${String(key['name'])}` : nameOf(key), node['value']]
    }
    default:
      return null
  }
}

const isPlainCollection = (node: unknown): boolean => {
  const { type, callee, left, right } = (node ?? {}) as SyntaxNode
  if (type === 'LogicalExpression') return isPlainCollection(left) || isPlainCollection(right)
  return type === 'NewExpression' && /^(Map|Set)$/.test(nameOf(callee) ?? '')
}

const plainCollections: Rule = {
  name: 'entries that come and go do so in a transient map or set: V8 keeps what was in another until the next full collection',
  check: ({ path, nodes }) => {
    if (/^src\/(sandbox|cli)\//.test(path) || path === 'src/domain/transient-map.ts') return []
    const made = nodes.map(madeIn).filter((one) => one !== null)
    const plain = new Set(made.filter(([, from]) => isPlainCollection(from)).map(([name]) => name))
    const emptied = nodes
      .filter(({ type }) => type === 'CallExpression')
      .map(({ callee }) => callee as SyntaxNode)
      .filter((callee) => callee.type === 'MemberExpression' && /^(delete|clear)$/.test(nameOf(callee) ?? ''))
      .map(({ object }) => memberName(object))
    return [...new Set(emptied)]
      .filter((name) => name !== null && plain.has(name) && !MAY_BE_PLAIN.has(`${path} ${name}`))
      .map((name) => `${name} is to be transient, or on the list of those that may be plain`)
  },
}

const readsEnvironment = (node: SyntaxNode): boolean => {
  if (node.type === 'MemberExpression') {
    const holder = node['object'] as SyntaxNode
    return nameOf(node) === 'env' && (nameOf(holder) === 'process' || holder.type === 'MetaProperty')
  }
  if (node.type === 'VariableDeclarator' && nameOf(node['init']) === 'process') {
    return (node['id'] as SyntaxNode).type === 'ObjectPattern'
  }
  if (node.type === 'ImportDeclaration' && /^(node:)?process$/.test(literalText(node['source']) ?? '')) {
    return (node['specifiers'] as readonly SyntaxNode[]).some(({ imported }) => nameOf(imported) === 'env')
  }
  return false
}

const environment: Rule = {
  name: 'only config.ts reads the environment',
  check: ({ path, nodes }) =>
    path === 'src/config.ts' ? [] : nodes.filter(readsEnvironment).map(() => 'reads the environment'),
}

const outgoing: Rule = {
  name: 'only upstream/ calls out',
  check: ({ path, nodes }) =>
    /^src\/(upstream|sandbox)\//.test(path)
      ? []
      : nodes
          .filter((node) => node.type === 'CallExpression' && nameOf(node['callee']) === 'fetch')
          .filter((node) => /^(fetch|globalThis|window)$/.test(calleeText(node)))
          .map(() => 'calls fetch'),
}

const calleeText = (node: SyntaxNode): string => {
  const callee = node['callee'] as SyntaxNode
  return callee.type === 'MemberExpression' ? (nameOf(callee['object']) ?? '') : (nameOf(callee) ?? '')
}

const PROVIDER_WORDS: ReadonlySet<string> = new Set([
  ...PROVIDER_IDS.map((id) => id.replaceAll('_', '').toLowerCase()),
  'obp',
])

const namesProvider = (node: unknown): boolean =>
  PROVIDER_WORDS.has((literalText(node) ?? '').replaceAll(/[^a-z]/gi, '').toLowerCase())

const providers: Rule = {
  name: 'no decision on a provider by name outside providers/ and sandbox/',
  check: ({ path, nodes }) =>
    /^src\/(providers|sandbox)\//.test(path)
      ? []
      : nodes.flatMap((node) => {
          if (node.type === 'SwitchCase' && namesProvider(node['test'])) return ['has a `case` for a provider']
          const compares = node.type === 'BinaryExpression' && /^[!=]==?$/.test(String(node['operator']))
          return compares && [node['left'], node['right']].some(namesProvider) ? ['compares with a provider'] : []
        }),
}

const size: Rule = {
  name: 'no file above 300 lines that was not generated',
  check: ({ path, text }) => {
    const lines = text.trimEnd().split('\n').length
    return path.startsWith('src/') && !path.includes('/generated/') && lines > 300 ? [`has ${lines} lines`] : []
  },
}

const VAGUE = /^(utils?|helpers?|common|lib|types?|shared|misc|index)$/

const names: Rule = {
  name: 'folders and files are nouns, without barrels',
  check: ({ path }) => {
    const parts = posix.join(posix.dirname(path), posix.basename(path, posix.extname(path))).split(/[/.]/)
    return [
      ...parts.filter((part) => VAGUE.test(part)).map((part) => `is named ${part}`),
      ...parts.filter((part) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(part)).map((part) => `${part} is not kebab-case`),
    ]
  },
}

const barrels: Rule = {
  name: 'no file that only re-exports',
  check: ({ path, nodes }) => {
    const body = (nodes[0]?.['body'] ?? []) as readonly SyntaxNode[]
    const exportsOthers = ({ type, source }: SyntaxNode): boolean =>
      type === 'ExportAllDeclaration' || (type === 'ExportNamedDeclaration' && source !== null)
    return path.startsWith('src/') && body.some(({ type }) => type === 'ExportAllDeclaration')
      ? ['exports everything of another file']
      : body.length > 0 && body.every(exportsOthers)
        ? ['only re-exports']
        : []
  },
}

const TEST_ROOTS = new Set(['test', 'it', 'describe', 'suite', 'bench'])

const rootName = (node: unknown): string | null => {
  const { type, object, callee } = (node ?? {}) as SyntaxNode
  if (type === 'MemberExpression') return rootName(object)
  return type === 'CallExpression' ? rootName(callee) : nameOf(node)
}

const unfinished: Rule = {
  name: 'nothing left for later',
  check: ({ text, nodes }) => [
    // `{1}`, so that this line does not say them.
    ...Array.from(text.matchAll(/\b(TO{1}DO|FIX{1}ME)\b/g), ([word]) => `says ${word}`),
    ...nodes
      .filter((node) => node.type === 'MemberExpression' && /^(skip|only|todo|fails)$/.test(nameOf(node) ?? ''))
      .filter((node) => TEST_ROOTS.has(rootName(node) ?? ''))
      .map((node) => `has a test marked ${nameOf(node)}`),
  ],
}

/** For what the gateway is made of. */
export const SOURCE_RULES: readonly Rule[] = [
  layers,
  packages,
  builtIns,
  environment,
  outgoing,
  providers,
  size,
  gettersInLiterals,
  plainCollections,
]

/** For every file of the repository. */
export const REPOSITORY_RULES: readonly Rule[] = [names, barrels, unfinished]

export const violations = (rules: readonly Rule[], sources: readonly Source[]): readonly string[] =>
  sources.flatMap((source) =>
    rules.flatMap((rule) => rule.check(source).map((fault) => `${source.path}: ${fault} (${rule.name})`)),
  )
