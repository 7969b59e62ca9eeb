import { accessSync, constants, statfsSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { DATABASE_FILE, LOCK_FILE } from '../embedded/files.ts'
import { KEY_FILE } from '../key-ring.ts'

export interface OwnedFile {
  readonly path: string
  /** User id; 0 where the platform has none. */
  readonly owner: number
  /** May the group or anybody else read or write it? */
  readonly isOpenToOthers: boolean
}

export interface DirectoryInspection {
  /** Null where it is not there yet. */
  readonly directory: OwnedFile | null
  /** What keeps it from being used, or made; null where nothing does. */
  readonly obstacle: string | null
  /** Those of the store that are there. */
  readonly files: readonly OwnedFile[]
  readonly freeBytes: number
}

const OTHERS = 0o077

const FILES = [DATABASE_FILE, `${DATABASE_FILE}-wal`, `${DATABASE_FILE}-shm`, LOCK_FILE, KEY_FILE]

const look = (path: string): (OwnedFile & { readonly isDirectory: boolean }) | null => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return null
  return {
    path,
    owner: found.uid,
    isOpenToOthers: (found.mode & OTHERS) !== 0,
    isDirectory: found.isDirectory(),
  }
}

/** The directory, or what is nearest above it. */
const nearest = (path: string): string =>
  statSync(path, { throwIfNoEntry: false }) === undefined && dirname(path) !== path ? nearest(dirname(path)) : path

const obstacleAt = (path: string): string | null => {
  if (look(path)?.isDirectory !== true) return `${path} is not a directory`
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return `${path} cannot be written (${code})`
  }
}

/** By rights and file system: nothing is written to find out. */
export const inspectDirectory = (directory: string): DirectoryInspection => {
  const path = resolve(directory)
  const there = nearest(path)
  const { bavail, bsize } = statfsSync(there)
  const found = look(path)
  return {
    directory: found === null || !found.isDirectory ? null : found,
    obstacle: obstacleAt(there),
    files: found === null ? [] : FILES.flatMap((name) => look(join(path, name)) ?? []),
    freeBytes: bavail * bsize,
  }
}
