import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { productionEnv, startProduction } from '../e2e/production-gateway.ts'
import { temporaryDirectory } from '../store/directory.ts'

const RECORDER = join(import.meta.dirname, 'programs/record-modules.ts')

const BUILT_INS = join(import.meta.dirname, 'programs/name-built-ins.js')

const recorded = (file: string, thread: 'main' | 'store'): readonly string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => (line.startsWith(`${thread} file:`) ? [line.slice(line.indexOf(' ') + 1)] : []))

const packagesOf = (modules: readonly string[]): ReadonlySet<string> =>
  new Set(modules.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []))

const foldersOf = (modules: readonly string[]): ReadonlySet<string> =>
  new Set(modules.flatMap((url) => /\/(src\/.*)\/[^/]+$/.exec(url)?.[1] ?? []))

/** A little above what there is: who adds hundreds of modules to each start is to know it. */
const MOST_MODULES = 1_300

test('a start loads what it needs, and a second one no migrations', async () => {
  await using directory = await temporaryDirectory()
  const production = productionEnv(join(directory.path, 'data'))
  const env = (file: string) => ({
    ...production,
    NODE_OPTIONS: `--import ${RECORDER}`,
    MODULES: join(directory.path, file),
  })
  await using first = await startProduction(env('first'))
  await first.stop('SIGTERM')
  expect(packagesOf(recorded(join(directory.path, 'first'), 'store'))).toContain('kysely')

  await using second = await startProduction(env('second'))
  await second.stop('SIGTERM')
  const main = recorded(join(directory.path, 'second'), 'main')
  expect(packagesOf(main)).toContain('kysely')
  for (const name of ['pg', 'graphiql', 'react', 'commander']) expect(packagesOf(main)).not.toContain(name)
  for (const name of ['src/sandbox', 'src/cli', 'src/store/postgres', 'src/store/copy', 'src/store/inspection']) {
    expect([...foldersOf(main)].filter((folder) => folder.startsWith(name))).toEqual([])
  }
  expect(main.filter((url) => url.includes('/src/server/graphiql'))).toEqual([])
  expect(main.length).toBeGreaterThan(500)
  expect(main.length).toBeLessThan(MOST_MODULES)

  const store = recorded(join(directory.path, 'second'), 'store')
  expect(foldersOf(store)).toContain('src/store/embedded')
  expect(packagesOf(store)).toEqual(new Set())
  expect(store.filter((url) => /\/migrations\/\d/.test(url))).toEqual([])
})

test('a second start strips no types, so that neither thread keeps what does', async () => {
  await using directory = await temporaryDirectory()
  const production = productionEnv(join(directory.path, 'data'))
  const loadedBy = async (start: string, cache: Readonly<Record<string, string>> = {}): Promise<string> => {
    const file = join(directory.path, start)
    await using gateway = await startProduction({
      ...production,
      ...cache,
      NODE_OPTIONS: `--import=${BUILT_INS}`,
      BUILT_INS: file,
    })
    await gateway.stop('SIGTERM')
    return readFileSync(file, 'utf8')
  }
  const without = await loadedBy('without', { NODE_DISABLE_COMPILE_CACHE: '1' })
  for (const thread of ['main', 'store']) expect(without).toMatch(new RegExp(`^${thread} .*amaro`, 'm'))
  await loadedBy('first')
  const second = await loadedBy('second')
  for (const thread of ['main', 'store']) expect(second).toMatch(new RegExp(`^${thread} `, 'm'))
  expect(second).not.toMatch(/amaro/)
})

test('in development, the simulators and GraphiQL come with it', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'modules')
  await using gateway = await startGateway({ env: { NODE_OPTIONS: `--import ${RECORDER}`, MODULES: file } })
  const main = recorded(file, 'main')
  expect(gateway.url).toMatch(/^http:/)
  expect(foldersOf(main)).toContain('src/sandbox/fiskil')
  expect(main.filter((url) => url.includes('/src/server/graphiql'))).not.toEqual([])
  expect(packagesOf(main)).not.toContain('pg')
})
