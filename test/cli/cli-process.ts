import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

export interface CliRun {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

const ROOT = join(import.meta.dirname, '../..')

/** Runs the real command with nothing of this process's environment but the path. */
export const runCli = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd: string = ROOT,
): Promise<CliRun> => {
  const child = spawn(join(ROOT, 'bin/consentgraph'), args, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, error, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { code, out, error }
}

/** What it answers with `--json`; fails unless it ends with `code`. */
export const askCli = async <Answer>(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  code = 0,
): Promise<Answer> => {
  const run = await runCli([...args, '--json'], env)
  if (run.code !== code)
    throw new Error(`consentgraph ${args.join(' ')} ended with ${run.code}: ${run.error}${run.out}`)
  return JSON.parse(run.out) as Answer
}
