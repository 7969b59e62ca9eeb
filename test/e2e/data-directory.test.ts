import { once } from 'node:events'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../store/directory.ts'
import { spawnGateway, startGateway } from './gateway-process.ts'
import { operationsOf } from './operations.ts'

/** How a start that fails ends: it must, and by itself. */
const startInVain = async (
  dataDir: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly said: string }> => {
  const child = spawnGateway(dataDir, env)
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Ctrl-C stops it')) child.kill('SIGKILL')
    })
  }
  await once(child, 'close')
  clearTimeout(deadline)
  return { code: child.exitCode, said }
}

describe('a data directory that cannot be written to', () => {
  test.each([
    ['below /proc', async () => '/proc/consentgraph/data'],
    ['in /proc itself', async () => '/proc/consentgraph'],
    ['a file', async (directory: string) => join(directory, 'file')],
    ['below a file', async (directory: string) => join(directory, 'file', 'data')],
  ])('%s: ends the start at once, and says what to do', { timeout: 90_000 }, async (_, place) => {
    await using directory = await temporaryDirectory()
    await writeFile(join(directory.path, 'file'), 'mine\n')
    const dataDir = await place(directory.path)
    const { code, said } = await startInVain(dataDir)
    expect(code).toBe(1)
    expect(said).toContain(`The data directory ${dataDir} cannot be used`)
    expect(said).toContain('CONSENTGRAPH_DATA_DIR')
    expect(await readFile(join(directory.path, 'file'), 'utf8')).toBe('mine\n')
  })
})

describe('the key file', () => {
  test('that is missing is not replaced while something is sealed with it', { timeout: 120_000 }, async () => {
    await using directory = await temporaryDirectory()
    const dataDir = directory.path
    const first = await startGateway({ dataDir })
    const { consent } = await operationsOf(first).authorize()
    await first.stop('SIGTERM')
    const file = join(dataDir, 'encryption.key')
    const key = await readFile(file)
    await rm(file)
    const before = await readdir(dataDir)

    const { code, said } = await startInVain(dataDir)
    expect(code).toBe(1)
    expect(said).toContain(`${file} is missing`)
    expect(said).toContain('CONSENTGRAPH_ENCRYPTION_KEYS')
    expect(await readdir(dataDir)).toEqual(before)

    await writeFile(file, key, { mode: 0o600 })
    await using again = await startGateway({ dataDir })
    expect(await operationsOf(again).consent(consent.id)).toMatchObject({ status: 'AUTHORIZED' })
  })
})
