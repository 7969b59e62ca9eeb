import type { ChildProcess } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const children = new Set<ChildProcess>()
const folders = new Set<string>()

/** Those that end now may still have a file open, or make one. */
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const

const clear = (): void => {
  for (const child of children) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, REMOVAL)
}
process.once('exit', clear)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    clear()
    // Nobody listens any more: it ends as whoever sent it expects.
    process.kill(process.pid, signal)
  })
}

/** It ends with this process, unless that is killed. */
export const holdChild = (child: ChildProcess): void => {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

export const isRunning = (child: ChildProcess): boolean => children.has(child)

/** Disposal removes it; so does the end of this process, unless that is killed. */
export interface Folder extends AsyncDisposable {
  readonly path: string
}

/** In the system's temporary directory. */
export const newFolder = async (name: string): Promise<Folder> => {
  const path = await mkdtemp(join(tmpdir(), `consentgraph-${name}-`))
  folders.add(path)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await rm(path, REMOVAL)
      folders.delete(path)
    },
  }
}
