import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../store/directory.ts'

const ROOT = join(import.meta.dirname, '../..')

test.each(['SIGINT', 'SIGTERM'] as const)(
  'a benchmark that is stopped by %s leaves neither processes nor folders',
  { timeout: 60_000 },
  async (signal) => {
    await using directory = await temporaryDirectory()
    const run = spawn('npm', ['run', '--silent', 'bench', '--', '--quick', '--section=process'], {
      cwd: ROOT,
      env: { ...process.env, TMPDIR: directory.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // Each process that it starts holds its standard error: that ends with the last of them.
    const ended = Promise.all([once(run, 'exit'), once(run.stderr.resume(), 'close')])
    const begun = () => globSync('consentgraph-process-*/data/consentgraph.db', { cwd: directory.path })
    await expect.poll(begun, { timeout: 30_000, interval: 20 }).toHaveLength(1)
    run.kill(signal)
    await ended
    expect(globSync('consentgraph-*', { cwd: directory.path })).toEqual([])
  },
)
