import { randomUUID } from 'node:crypto'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { GatewayError } from '../domain/errors.ts'

/**
 * Makes the directory where it is missing, readable by its owner only, and proves that it takes files.
 *
 * @throws GatewayError STORE_UNAVAILABLE, at once, with a message that says what to do
 */
export const prepareDataDirectory = async (directory: string): Promise<void> => {
  try {
    await makeDirectory(resolve(directory))
    const proof = join(directory, `.writable-${randomUUID()}`)
    await writeFile(proof, '', { flag: 'wx' })
    await rm(proof)
  } catch (error) {
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `The data directory ${directory} cannot be used: ${reasonOf(error)}. Set CONSENTGRAPH_DATA_DIR to a directory that this process may write to.`,
      retryable: false,
      cause: error,
    })
  }
}

/** Not `recursive`: Node 24 then tries for ever where a file system such as /proc says of every new name that it is missing. */
export const makeDirectory = async (path: string): Promise<void> => {
  const found = await statOf(path)
  if (found !== null) {
    if (!found.isDirectory()) throw new Error(`${path} is not a directory`)
    return
  }
  const parent = dirname(path)
  if (parent !== path) await makeDirectory(parent)
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    // Another process was faster.
    if (!hasCode(error, 'EEXIST')) throw error
  }
}

const statOf = async (path: string) => {
  try {
    return await stat(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
}

export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
