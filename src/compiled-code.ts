import { existsSync, lstatSync, mkdirSync } from 'node:fs'
import { enableCompileCache, flushCompileCache, getCompileCacheDir } from 'node:module'
import { join } from 'node:path'

/** Long enough for the first requests to be through: it is written in one go. */
const WRITE_AFTER_MS = 2_000

const isOn = (): boolean => getCompileCacheDir() !== undefined

/** Makes it where it is not there. Where somebody else may write, nothing is taken from: Node runs what it finds. */
const isOurs = (directory: string): boolean => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const found = lstatSync(directory)
    return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
  } catch {
    return false
  }
}

/** For a process that may write nothing beside its code: in the directory of its data, once that is there. */
export const keepCompiledCodeIn = (dataDir: string): void => {
  const directory = join(dataDir, 'compiled')
  if (!isOn() && existsSync(dataDir) && isOurs(directory)) enableCompileCache(directory)
}

/** A process that is killed later has written it by then. Node writes it at each orderly end, too. */
export const writeCompiledCodeSoon = (): void => {
  if (isOn()) setTimeout(flushCompileCache, WRITE_AFTER_MS).unref()
}
