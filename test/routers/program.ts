import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { exitOf, untilPrinted } from '../e2e/gateway-process.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const NODE = join(ROOT, 'node_modules/.bin/node')

/** A program of the example, while it runs. */
export interface Program extends AsyncDisposable {
  /** What the pattern found on stdout. */
  readonly said: string
  /** All that it wrote so far. */
  readonly printed: { readonly out: string; readonly log: string }
}

/** @param ready found on stdout once it serves; its first group is `said` */
export const startProgram = async (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<Program> => {
  const child = spawn(NODE, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', log: '' }
  await untilPrinted(child, printed, ready)
  return {
    said: ready.exec(printed.out)?.[1] ?? '',
    printed,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await exitOf(child)
    },
  }
}
