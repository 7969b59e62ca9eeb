import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { exitOf, untilPrinted } from '../e2e/gateway-process.ts'
import { productionEnv } from '../e2e/production-gateway.ts'
import { temporaryDirectory } from '../store/directory.ts'

const ROOT = join(import.meta.dirname, '../..')

/** As it is installed, but that nothing more can be put beside it. */
const copyCode = (to: string, withCache: boolean): void => {
  for (const name of ['src', 'schema', 'package.json']) cpSync(join(ROOT, name), join(to, name), { recursive: true })
  mkdirSync(join(to, 'node_modules'))
  for (const name of readdirSync(join(ROOT, 'node_modules'))) {
    if (name !== '.cache') symlinkSync(join(ROOT, 'node_modules', name), join(to, 'node_modules', name))
  }
  if (!withCache) writeFileSync(join(to, 'node_modules/.cache'), '')
}

const startIn = async (root: string, env: Readonly<Record<string, string>>): Promise<ChildProcess> => {
  const child = spawn(join(ROOT, 'node_modules/.bin/node'), [join(root, 'src/main.js')], {
    cwd: root,
    env: { PATH: process.env['PATH'], ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await untilPrinted(child, { out: '', log: '' }, /WebSocket .+\n[\s\S]*\n$/)
  return child
}

const startAndStop = async (root: string, env: Readonly<Record<string, string>>): Promise<void> => {
  const child = await startIn(root, env)
  child.kill('SIGTERM')
  expect(await exitOf(child)).toEqual({ code: 0, signal: null })
}

const filesIn = (directory: string): number =>
  existsSync(directory)
    ? readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length
    : 0

test('what was compiled is kept beside the code', async () => {
  await using directory = await temporaryDirectory()
  const [root, data] = [join(directory.path, 'code'), join(directory.path, 'data')]
  mkdirSync(root)
  copyCode(root, true)
  await startAndStop(root, productionEnv(data))
  expect(filesIn(join(root, 'node_modules/.cache/consentgraph'))).toBeGreaterThan(500)
  expect(existsSync(join(data, 'compiled'))).toBe(false)
})

test('where that is not possible it is kept with the data, once those are there, and until then not at all', async () => {
  await using directory = await temporaryDirectory()
  const [root, data] = [join(directory.path, 'code'), join(directory.path, 'data')]
  mkdirSync(root)
  copyCode(root, false)
  const env = productionEnv(data)
  await startAndStop(root, env)
  expect(existsSync(join(data, 'compiled'))).toBe(false)
  await startAndStop(root, env)
  expect(filesIn(join(data, 'compiled'))).toBeGreaterThan(500)
  await startAndStop(root, env)
})

test('nothing is kept with the data, nor taken from there, where others may write', async () => {
  await using directory = await temporaryDirectory()
  const [root, data] = [join(directory.path, 'code'), join(directory.path, 'data')]
  mkdirSync(root)
  copyCode(root, false)
  const env = productionEnv(data)
  await startAndStop(root, env)
  const compiled = join(data, 'compiled')
  mkdirSync(compiled)
  chmodSync(compiled, 0o777)
  await startAndStop(root, env)
  expect(readdirSync(compiled)).toEqual([])
  rmdirSync(compiled)
  const elsewhere = join(directory.path, 'elsewhere')
  mkdirSync(elsewhere)
  symlinkSync(elsewhere, compiled)
  await startAndStop(root, env)
  expect(readdirSync(elsewhere)).toEqual([])
})

test('a process that is killed later has kept it', async () => {
  await using directory = await temporaryDirectory()
  const [root, data] = [join(directory.path, 'code'), join(directory.path, 'data')]
  mkdirSync(root)
  copyCode(root, true)
  const child = await startIn(root, productionEnv(data))
  await expect
    .poll(() => filesIn(join(root, 'node_modules/.cache/consentgraph')), { timeout: 20_000 })
    .toBeGreaterThan(500)
  child.kill('SIGKILL')
  await exitOf(child)
})
