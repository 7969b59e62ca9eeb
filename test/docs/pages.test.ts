import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { codeSpansOf, linksOf } from './markdown.ts'

const ROOT = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const PAGES = globSync('{*.md,docs/**/*.md,examples/**/*.md}', { cwd: ROOT, exclude: ['**/node_modules'] }).toSorted()

/** Files and folders of this repository that a page names, in the text or in a diagram. */
const namedPaths = (markdown: string): readonly string[] => [
  ...codeSpansOf(markdown).filter((span) => /^(?:src|test|examples|docs|schema|bench|\.ci)\/[\w./-]+$/.test(span)),
  ...[...markdown.matchAll(/\["(src\/[\w./-]+)/g)].map(([, path]) => path ?? ''),
]

const outside = (address: string): boolean => /^[a-z]+:/.test(address)

test('the pages are found', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['CHANGELOG.md', 'README.md', 'docs/architecture.md', 'docs/errors.md']))
  expect(namedPaths(read('docs/architecture.md')).length).toBeGreaterThan(30)
})

/** A guide may name what its reader is to make. */
const FACTS = PAGES.filter((page) => !page.startsWith('docs/providers/'))

test.each(FACTS)('%s names only what is there', (page) => {
  const missing = namedPaths(read(page)).filter((path) => !existsSync(join(ROOT, path)))
  expect(missing).toEqual([])
})

test.each(PAGES)('the links of %s lead somewhere', (page) => {
  const links = linksOf(read(page)).filter((address) => !outside(address))
  expect(links.filter((address) => !existsSync(join(ROOT, dirname(page), address)))).toEqual([])
})

test('the table of layers has every folder of src', () => {
  const folders = globSync('src/*', { cwd: ROOT }).filter((path) => statSync(join(ROOT, path)).isDirectory())
  const rows = [...read('docs/architecture.md').matchAll(/^\| `(src\/\w+)` \|/gm)].map(([, folder = '']) => folder)
  expect(rows.toSorted()).toEqual(folders.toSorted())
})

test('the list of decisions has every record', () => {
  const records = globSync('docs/adr/0*.md', { cwd: ROOT }).map((path) => path.replace('docs/adr/', ''))
  expect(linksOf(read('docs/adr/README.md')).toSorted()).toEqual(records.toSorted())
})

test('a version of package.json is in the changelog', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }
  expect(read('CHANGELOG.md')).toContain(version)
})

test('the license is the one that package.json names', () => {
  const { license } = JSON.parse(read('package.json')) as { license: string }
  expect(license).toBe('Apache-2.0')
  expect(read('LICENSE')).toMatch(/Apache License\s+Version 2\.0/)
})
