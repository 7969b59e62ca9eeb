import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { parseAst } from 'vitest/node'

export interface SyntaxNode {
  readonly type: string
  readonly [key: string]: unknown
}

export interface Import {
  /** As written. */
  readonly specifier: string
  /** Path from the root of the repository; null for a package or a built-in. */
  readonly target: string | null
}

export interface Source {
  /** From the root of the repository: `src/domain/consent.ts`. */
  readonly path: string
  readonly text: string
  /** Parents before children. */
  readonly nodes: readonly SyntaxNode[]
  /** Every way there is: static, `import type`, `export from`, `import()`, `import('x').T`, `import x = require()`. */
  readonly imports: readonly Import[]
  /** Why it could not be parsed; it then has neither nodes nor imports. */
  readonly fault: string | null
}

const ROOT = new URL('../../', import.meta.url)

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

const flatten = (node: SyntaxNode): SyntaxNode[] => [
  node,
  ...Object.values(node)
    .flatMap((child: unknown) => (Array.isArray(child) ? (child as unknown[]) : [child]))
    .filter(isNode)
    .flatMap(flatten),
]

/** The text of a literal, or of a template without placeholders. */
export const literalText = (node: unknown): string | null => {
  if (!isNode(node)) return null
  if (node.type === 'Literal') return typeof node['value'] === 'string' ? node['value'] : null
  if (node.type === 'TSLiteralType') return literalText(node['literal'])
  if (node.type !== 'TemplateLiteral') return null
  const quasis = node['quasis'] as readonly { readonly value: { readonly cooked: string } }[]
  return quasis.length === 1 ? (quasis[0]?.value.cooked ?? null) : null
}

/** `x` for an identifier `x`; `y` for the members `x.y` and `x['y']`; else null. */
export const nameOf = (node: unknown): string | null => {
  if (!isNode(node)) return null
  if (node.type === 'Identifier') return String(node['name'])
  if (node.type !== 'MemberExpression') return null
  return node['computed'] === true ? literalText(node['property']) : nameOf(node['property'])
}

const specifierOf = (node: SyntaxNode): unknown => {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node['source']
    case 'TSExternalModuleReference':
      return node['expression']
    case 'CallExpression':
      return nameOf(node['callee']) === 'require' ? (node['arguments'] as readonly unknown[])[0] : null
    default:
      return null
  }
}

const toImport = (path: string, specifier: string): Import => ({
  specifier,
  target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null,
})

const parse = (path: string, text: string): SyntaxNode | Error => {
  try {
    // The parser's own types stop at JavaScript; what comes back is walked as plain nodes. Its successor is not among
    // what Vitest exports, and would be one more dependency.
    // oxlint-disable-next-line typescript/no-deprecated
    return parseAst(text, { lang: 'ts', sourceType: 'module' }, path) as unknown as SyntaxNode
  } catch (fault) {
    return fault instanceof Error ? fault : new Error(String(fault))
  }
}

/** An `import()` whose argument is computed has an empty specifier, which no rule allows. */
export const parseSource = (path: string, text: string): Source => {
  const program = parse(path, text)
  if (program instanceof Error) return { path, text, nodes: [], imports: [], fault: program.message }
  const nodes = flatten(program)
  const specifiers = nodes.map(specifierOf).filter(isNode)
  const imports = specifiers.map((node) => toImport(path, literalText(node) ?? ''))
  return { path, text, nodes, imports, fault: null }
}

/** All TypeScript under these folders, and what of them is JavaScript; a folder that does not exist has none. */
export const readSources = (...folders: readonly string[]): readonly Source[] =>
  folders
    .flatMap((folder) => globSync(`${folder}/**/*.{ts,js}`, { cwd: ROOT, exclude: ['**/node_modules'] }))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted()
    .map((path) => parseSource(path, readFileSync(new URL(path, ROOT), 'utf8')))
