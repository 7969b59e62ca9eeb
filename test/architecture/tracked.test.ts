import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

// A link of that name, once tracked, replaces the folder in every clone that takes the commit, with all that is in it.
test.runIf(existsSync(join(ROOT, '.git')))('what is installed is not part of the repository', () => {
  const tracked = execFileSync('git', ['ls-files', '--', 'node_modules', 'dist', 'coverage', '.consentgraph'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  expect(tracked).toBe('')
})
