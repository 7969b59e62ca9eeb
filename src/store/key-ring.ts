import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { link, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'
import { hasCode, makeDirectory } from './data-directory.ts'
import type { KeyRing, SealingKey } from './sealing.ts'

export const KEY_FILE = 'encryption.key'

/**
 * The configured keys, the first one current; where there is none, the key in the data directory, made on first use. The
 * file is for development: whoever copies the directory has both the lock and the key.
 *
 * @param holdsSealed does the store hold what no new key could open? Asked only before one is made
 * @throws GatewayError INTERNAL where the key file is not ours, or is missing while something is sealed with it: nothing is
 * written then
 */
export const openKeyRing = async ({
  dataDir,
  configuredKeys,
  holdsSealed = () => Promise.resolve(false),
}: {
  readonly dataDir: string
  readonly configuredKeys: readonly SealingKey[]
  readonly holdsSealed?: () => Promise<boolean>
}): Promise<KeyRing> => {
  const [current, ...older] = configuredKeys
  if (current !== undefined) return [current, ...older]
  const file = join(dataDir, KEY_FILE)
  return toKeyRing(file, (await readText(file)) ?? (await createFirstKey(dataDir, file, holdsSealed)))
}

/**
 * The key in the data directory; null where there is none yet. Makes nothing.
 *
 * @throws GatewayError INTERNAL where the file is not ours
 */
export const readKeyFile = async (dataDir: string): Promise<KeyRing | null> => {
  const file = join(dataDir, KEY_FILE)
  const text = await readText(file)
  return text === null ? null : toKeyRing(file, text)
}

const toKeyRing = (file: string, text: string): KeyRing => {
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== 32) {
    throw new GatewayError('INTERNAL', {
      message: `${file} does not hold 32 bytes in base64. Restore it, or set CONSENTGRAPH_ENCRYPTION_KEYS.`,
    })
  }
  return [{ id: `file-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`, key }]
}

const readText = async (file: string): Promise<string | null> => {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

const createFirstKey = async (dataDir: string, file: string, holdsSealed: () => Promise<boolean>): Promise<string> => {
  const isLost = await holdsSealed()
  // Another starter may have made both since the file was looked for.
  const made = isLost ? await readText(file) : null
  if (isLost && made === null) {
    throw new GatewayError('INTERNAL', {
      message: `${file} is missing, and the store holds data that was sealed with the key in it. Restore the file from your backup, or set CONSENTGRAPH_ENCRYPTION_KEYS to the keys that the store was sealed with. Nothing was changed.`,
      retryable: false,
    })
  }
  return await (made ?? createKeyFile(dataDir, file))
}

/** Whole or not at all, and never in place of another: of several starters, all end with the first one's key. */
const createKeyFile = async (dataDir: string, file: string): Promise<string> => {
  await makeDirectory(dataDir)
  const draft = join(dataDir, `${KEY_FILE}.${randomUUID()}`)
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64')}\n`)
    await handle.sync()
    await link(draft, file)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  } finally {
    await handle.close()
    await rm(draft)
  }
  return await readFile(file, 'utf8')
}
