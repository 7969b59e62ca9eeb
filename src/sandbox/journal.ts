import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** Values by key, in order of first insertion. A value is replaced whole, never changed in place. */
export interface Collection<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  delete(key: string): void
  values(): readonly T[]
}

/**
 * State that outlives the process: each change is one line, appended before the call returns, so that what was
 * acknowledged survives `kill -9`. Opening replays the file and rewrites it with one line per live value.
 */
export interface Journal {
  /** One collection per name; `parse` turns what JSON gave back (dates are texts) into a value, and throws if it cannot. */
  collection<T>(name: string, parse: (stored: unknown) => T): Collection<T>
  close(): void
}

/** Without a file, the state lives as long as the process. */
export function openJournal(file?: string): Journal {
  if (file === undefined) return { collection: (_name, _parse) => createCollection([], () => {}), close: () => {} }
  const stored = replay(file)
  const descriptor = compact(file, stored)
  let open = true
  return {
    collection: (name, parse) => {
      const values = [...(stored.get(name) ?? [])].map(([key, value]) => [key, parse(value)] as const)
      return createCollection(values, (key, value) => {
        if (!open) throw new Error(`the journal ${file} is closed`)
        appendFileSync(descriptor, toLine(name, key, value))
      })
    },
    close: () => {
      if (open) closeSync(descriptor)
      open = false
    },
  }
}

function createCollection<T>(
  initial: readonly (readonly [string, T])[],
  write: (key: string, value: T | undefined) => void,
): Collection<T> {
  const values = new Map(initial)
  return {
    get: (key) => values.get(key),
    set: (key, value) => {
      write(key, value)
      values.set(key, value)
    },
    delete: (key) => {
      if (values.delete(key)) write(key, undefined)
    },
    values: () => [...values.values()],
  }
}

type Stored = Map<string, Map<string, unknown>>

function toLine(name: string, key: string, value: unknown): string {
  return `${JSON.stringify(value === undefined ? [name, key] : [name, key, value])}\n`
}

function replay(file: string): Stored {
  const stored: Stored = new Map()
  if (!existsSync(file)) return stored
  const lines = readFileSync(file, 'utf8').split('\n')
  // What follows the last line feed was torn by a crash and was never acknowledged.
  for (const [index, line] of lines.slice(0, -1).entries()) {
    const [name, key, ...value] = parseLine(line, `${file}:${String(index + 1)}`)
    const values = stored.get(name) ?? new Map<string, unknown>()
    stored.set(name, values)
    if (value.length === 0) values.delete(key)
    else values.set(key, value[0])
  }
  return stored
}

const storedLine = z.union([z.tuple([z.string(), z.string()]), z.tuple([z.string(), z.string(), z.unknown()])])

function parseLine(line: string, place: string): z.infer<typeof storedLine> {
  try {
    return storedLine.parse(JSON.parse(line))
  } catch (cause) {
    throw new Error(`${place} is damaged; delete the file to start afresh`, { cause })
  }
}

function compact(file: string, stored: Stored): number {
  mkdirSync(dirname(file), { recursive: true })
  const lines = [...stored].flatMap(([name, values]) => [...values].map(([key, value]) => toLine(name, key, value)))
  const fresh = `${file}.new`
  // For the owner only: the state holds secrets of the simulated bank.
  writeFileSync(fresh, lines.join(''), { mode: 0o600 })
  renameSync(fresh, file)
  return openSync(file, 'a', 0o600)
}
