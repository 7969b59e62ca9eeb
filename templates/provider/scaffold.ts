/**
 * Makes a provider of the template: `node templates/provider/scaffold.ts "Northern Light"`, at the root of the repository.
 * Then `npm run generate && npm run format`, and the work begins: docs/providers/adding-one.md.
 */
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { LINES } from './lines.ts'

const TEMPLATE = import.meta.dirname
const FOLDERS = ['src', 'test']

export interface Scaffold {
  /** The repository, or a copy of it. */
  readonly root: string
  /** As people know the provider: words that begin with a capital letter. */
  readonly title: string
}

const toNames = (title: string): ReadonlyMap<string, string> => {
  if (!/^[A-Z][A-Za-z0-9]*( [A-Z0-9][A-Za-z0-9]*)*$/.test(title)) {
    throw new Error(`${title}: give the name in words that begin with a capital letter, such as "Northern Light"`)
  }
  const words = title.split(' ')
  const pascal = words.map((word) => word.charAt(0) + word.slice(1)).join('')
  return new Map([
    ['Example Bank', title],
    ['ExampleBank', pascal],
    ['exampleBank', pascal.charAt(0).toLowerCase() + pascal.slice(1)],
    ['example-bank', words.join('-').toLowerCase()],
    ['EXAMPLE_BANK', words.join('_').toUpperCase()],
  ])
}

/**
 * Copies the template under the new names and adds the lines that name a provider elsewhere.
 *
 * @returns the paths written, from the root
 */
export const scaffold = ({ root, title }: Scaffold): readonly string[] => {
  const names = toNames(title)
  const rename = (text: string): string =>
    text.replaceAll(
      /Example Bank|ExampleBank|exampleBank|example-bank|EXAMPLE_BANK/g,
      (name) => names.get(name) ?? name,
    )

  const files = FOLDERS.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: TEMPLATE }))
  const made = files.map((file) => ({ path: rename(file), text: rename(readFileSync(join(TEMPLATE, file), 'utf8')) }))
  const taken = made.find(({ path }) => existsSync(join(root, path)))
  if (taken !== undefined) throw new Error(`${taken.path} is there already`)

  const changed = new Map<string, string>()
  for (const { file, after, add } of LINES) {
    const text = changed.get(file) ?? readFileSync(join(root, file), 'utf8')
    const parts = text.split(after)
    if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} times, not once: ${after}`)
    changed.set(file, parts.join(after + rename(add)))
  }

  for (const { path, text } of [...made, ...[...changed].map(([path, text]) => ({ path, text }))]) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return [...made.map(({ path }) => path), ...changed.keys()]
}

if (import.meta.main) {
  const title = process.argv.slice(2).join(' ')
  process.stdout.write(`${scaffold({ root: resolve('.'), title }).join('\n')}\n`)
}
