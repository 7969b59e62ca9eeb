import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { parse, print } from 'graphql'
import { expect, onTestFinished, test } from 'vitest'
import { typeDefs } from '../../../src/graphql/type-defs.ts'
import { folderOf, versionOfPackage } from './check-schema.ts'
import { judge } from './judge.ts'
import { releaseSchema } from './release-schema.ts'
import { compareVersions, mayBreak, printRelease, readDeclarations, readLastRelease } from './releases.ts'

const LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
const withRoot = (field: string) =>
  parse(`${LINK} type Query { a: Pear ${field}: Int } type Pear @key(fields: "id") { id: ID! }`, { noLocation: true })
const OLD = withRoot('b')
const NEW = withRoot('c')
const LOST = { change: 'Query.b was removed.', reason: 'Nobody has ever asked for it.' }

const newFolder = async (): Promise<URL> => {
  const path = await mkdtemp(join(tmpdir(), 'released-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return pathToFileURL(`${path}/`)
}
const declare = (folder: URL, declared: unknown): Promise<void> =>
  writeFile(new URL('declared.json', folder), JSON.stringify(declared))

test('a breaking change fails, with the element, whom it breaks, and the words to declare it by', () => {
  const verdict = judge({ version: '0.1.0', typeDefs: OLD }, { version: '0.1.0', typeDefs: NEW, declared: [] })
  expect(verdict.passed).toBe(false)
  expect(verdict.report).toBe(
    [
      '1 breaking since 0.1.0, and not declared:',
      '  Query.b was removed.',
      '      Operations that ask for it are refused.',
      'Take it back, or add beside the old what is new and mark the old with @deprecated. If it has to be, declare it:',
      '  { "change": "Query.b was removed.", "reason": "..." }',
      'in schema/released/declared.json, and say in CHANGELOG.md what clients must do.',
      'The schema against 0.1.0: 1 breaking, 0 declared.',
    ].join('\n'),
  )
})

test('a declared one passes; a declaration of what has not changed fails', () => {
  const last = { version: '0.1.0', typeDefs: OLD }
  const passes = (now: typeof OLD, declared: readonly (typeof LOST)[]) =>
    judge(last, { version: '0.1.0', typeDefs: now, declared: [...declared] })
  expect(passes(NEW, [LOST]).passed).toBe(true)
  const idle = passes(OLD, [LOST])
  expect(idle).toMatchObject({ passed: false, report: expect.stringContaining('no change since 0.1.0') })
  expect(passes(NEW, [LOST, { ...LOST, change: 'Query.a was removed.' }]).passed).toBe(false)
})

test('without a record, or behind it, nothing passes', () => {
  const now = { version: '0.1.0', typeDefs: OLD, declared: [] }
  expect(judge(null, now)).toMatchObject({ passed: false, report: expect.stringContaining('npm run schema:release') })
  expect(judge({ version: '0.2.0', typeDefs: OLD }, now).passed).toBe(false)
})

test('a release is recorded once, and the declarations on the way to it are forgotten', async () => {
  const folder = await newFolder()
  expect(releaseSchema(folder, { version: '0.1.0', typeDefs: OLD })).toContain('is recorded')
  expect(releaseSchema(folder, { version: '0.1.0', typeDefs: OLD })).toContain('nothing has changed')
  expect(() => releaseSchema(folder, { version: '0.1.0', typeDefs: NEW })).toThrow('raise the version')
  expect(() => releaseSchema(folder, { version: '0.0.9', typeDefs: OLD })).toThrow('comes before it')
  expect(() => releaseSchema(folder, { version: '0.2.0', typeDefs: NEW })).toThrow('not declared')
  await declare(folder, [LOST])
  expect(() => releaseSchema(folder, { version: '0.1.1', typeDefs: NEW })).toThrow('may not break 0.1.0')
  expect(await readdir(folder)).toEqual(['0.1.0.graphql', 'declared.json'])
  releaseSchema(folder, { version: '0.2.0', typeDefs: NEW })
  expect(readDeclarations(folder)).toEqual([])
  expect(readLastRelease(folder)).toEqual({ version: '0.2.0', typeDefs: NEW })
})

test('the newest record is the one with the highest version, not the last by name', async () => {
  const folder = await newFolder()
  for (const version of ['0.9.0', '0.10.0', '0.2.0']) {
    await writeFile(new URL(`${version}.graphql`, folder), printRelease({ version, typeDefs: OLD }))
  }
  expect(readLastRelease(folder)?.version).toBe('0.10.0')
  expect(compareVersions('1.0.0', '0.99.9')).toBeGreaterThan(0)
  expect(() => compareVersions('1.0.0-rc.1', '1.0.0')).toThrow('no version such as')
})

test.each([
  ['0.1.0', '0.1.1', false],
  ['0.1.9', '0.2.0', true],
  ['0.9.0', '1.0.0', true],
  ['1.0.0', '1.1.0', false],
  ['1.4.0', '2.0.0', true],
])('from %s to %s something may break: %s', (from, to, allowed) => {
  expect(mayBreak(from, to)).toBe(allowed)
})

test.each([[[{ change: 'Query.b was removed.' }]], [[{ ...LOST, reason: 'why' }]], [[{ ...LOST, by: 'me' }]], [{}]])(
  'a declaration without a reason, or with anything else, is refused: %j',
  async (declared) => {
    const folder = await newFolder()
    await declare(folder, declared)
    expect(() => readDeclarations(folder)).toThrow('declared.json holds')
  },
)

const check = async (folder: string): Promise<{ readonly code: number; readonly out: string }> => {
  const args = [join(import.meta.dirname, 'check-schema.ts'), folder]
  try {
    return { code: 0, out: (await promisify(execFile)(process.execPath, args)).stdout }
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string }
    return { code, out: stdout }
  }
}

test('the command fails where the schema breaks what was released, and passes where it does not', async () => {
  const folder = await newFolder()
  const released = print(typeDefs)
  const file = new URL(`${versionOfPackage()}.graphql`, folder)
  await writeFile(file, released)
  expect(await check(folder.pathname)).toMatchObject({ code: 0 })
  await writeFile(file, released.replace('  isFinal: Boolean!', '  isFinal: Boolean!\n  isLive: Boolean!'))
  const broken = await check(folder.pathname)
  expect(broken).toMatchObject({ code: 1, out: expect.stringMatching(/^ {2}\w+\.isLive was removed\.$/m) })
})

test('what is recorded here is as it was written, and nothing in it is newer than the package', async () => {
  const folder = folderOf(undefined)
  const last = readLastRelease(folder)!
  expect(await readFile(new URL(`${last.version}.graphql`, folder), 'utf8')).toBe(printRelease(last))
  expect(compareVersions(last.version, versionOfPackage())).toBeLessThanOrEqual(0)
})
