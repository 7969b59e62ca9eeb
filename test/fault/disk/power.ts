import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Files, filesAfterCut, readRecording, type Recording } from './recording.ts'

const canCompile = (): boolean => {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** These tests need Linux and a C compiler; on a continuous integration machine it is a fault to have none. */
export const canRecord = process.platform === 'linux' && (canCompile() || process.env['CI'] !== undefined)

/** Builds the library that `LD_PRELOAD` takes. */
export const compileRecorder = (directory: string): string => {
  const library = join(directory, 'recorder.so')
  const source = join(import.meta.dirname, 'recorder.c')
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source])
  return library
}

/** The index of the log is mapped memory, which the recorder does not see; SQLite makes it anew at the first opening. */
const isRecorded = (name: string): boolean => !name.endsWith('-shm')

export const readFiles = async (directory: string): Promise<Files> => {
  const names = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = names.map(async ({ name }) => [name, await readFile(join(directory, name))] as const)
  return new Map((await Promise.all(contents)).filter(([name]) => isRecorded(name)))
}

/** Puts these files in place of the directory's own. */
export const replaceFiles = async (directory: string, files: Files): Promise<void> => {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const [name, content] of files) {
    if (!isRecorded(name)) continue
    await writeFile(join(directory, name), content)
    await chmod(join(directory, name), 0o600)
  }
}

export interface Recorder {
  readonly env: Readonly<Record<string, string>>
  /** What the process did, once it has ended. Fails where the recorder has missed anything. */
  read(): Promise<{ readonly recording: Recording; readonly before: Files }>
}

/** Records a process that is started with its `env`, from what lies in its directory now. */
export const openRecorder = async (library: string, directory: string, log: string): Promise<Recorder> => {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await rm(log, { force: true })
  const before = await readFiles(directory)
  return {
    env: {
      LD_PRELOAD: library,
      RECORD_DIRECTORY: directory,
      RECORD_LOG: log,
      RECORD_PRINTED: '1',
      // Its writes would pass the recorder by.
      UV_USE_IO_URING: '0',
    },
    read: async () => {
      const recording = readRecording(log)
      const all = { moment: recording.length, survival: 'EVERYTHING', random: Math.random } as const
      const replayed = filesAfterCut(recording, before, all)
      const found = await readFiles(directory)
      expect([...replayed.keys()].filter(isRecorded).toSorted()).toEqual([...found.keys()].toSorted())
      for (const [name, content] of found) expect(replayed.get(name)?.equals(content), name).toBe(true)
      return { recording, before }
    },
  }
}
