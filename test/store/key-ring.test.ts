import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { KEY_FILE, openKeyRing } from '../../src/store/key-ring.ts'
import { createSealer } from '../../src/store/sealing.ts'
import { temporaryDirectory } from './directory.ts'

describe('the key ring', () => {
  test('is the configured one, in its order, and touches no file', async () => {
    await using directory = await temporaryDirectory()
    const keys = ['b', 'a'].map((id) => ({ id, key: Buffer.alloc(32) }))
    expect(await openKeyRing({ dataDir: directory.path, configuredKeys: keys })).toEqual(keys)
    expect(await readdir(directory.path)).toEqual([])
  })

  test('without configuration is a file of the owner, made once', async () => {
    await using directory = await temporaryDirectory()
    const dataDir = join(directory.path, 'fresh')
    const rings = await Promise.all(Array.from({ length: 8 }, () => openKeyRing({ dataDir, configuredKeys: [] })))
    const [ring] = rings
    for (const other of rings) expect(other).toEqual(ring)
    expect(await readdir(dataDir)).toEqual([KEY_FILE])
    expect((await stat(join(dataDir, KEY_FILE))).mode & 0o777).toBe(0o600)
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
    const sealed = createSealer(ring!).seal('secret', 'a')
    const again = await openKeyRing({ dataDir, configuredKeys: [] })
    expect(createSealer(again).open(sealed, 'a')).toBe('secret')
  })

  test('refuses a file that holds no key, and leaves it as it is', async () => {
    await using directory = await temporaryDirectory()
    const file = join(directory.path, KEY_FILE)
    await writeFile(file, 'not a key\n')
    await expect(openKeyRing({ dataDir: directory.path, configuredKeys: [] })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining(file),
    })
    expect(await readFile(file, 'utf8')).toBe('not a key\n')
  })
})
