import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { argumentsOf, EXAMPLE } from './example.ts'
import { ROOT } from './program.ts'

const ROUTERS = join(EXAMPLE, 'routers')
/** What is installed, by the hash of its lock file. */
const MARK = join(ROUTERS, 'node_modules/.installed-lock')
/** The routers are some hundred packages. */
const INSTALL_MS = 300_000

/** Installs the routers of the example, once for each state of their lock file. They are none of this package's own dependencies. */
export const installRouters = async (): Promise<void> => {
  const lock = createHash('sha256')
    .update(readFileSync(join(ROUTERS, 'package-lock.json')))
    .digest('hex')
  if (existsSync(MARK) && readFileSync(MARK, 'utf8') === lock) return
  await promisify(execFile)('npm', argumentsOf('npm ci'), { cwd: ROOT, timeout: INSTALL_MS })
  writeFileSync(MARK, lock)
}
