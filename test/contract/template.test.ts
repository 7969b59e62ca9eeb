import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LINES } from '../../templates/provider/lines.ts'
import { scaffold } from '../../templates/provider/scaffold.ts'
import { REPOSITORY_RULES, SOURCE_RULES, violations } from '../architecture/rules.ts'
import { parseSource } from '../architecture/source.ts'

const ROOT = join(import.meta.dirname, '../..')
const COPIED = [
  'src',
  'schema',
  'test/contract',
  'codegen.ts',
  'package.json',
  'tsconfig.json',
  'vitest.config.ts',
  '.oxlintrc.json',
  '.oxfmtrc.json',
]
const PROGRAM_MS = 60_000
const SUITE = 'test/contract/providers/northern-light.test.ts'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

describe('the template of a provider', () => {
  const root = mkdtempSync(join(tmpdir(), 'consentgraph-template-'))
  afterAll(() => rmSync(root, { recursive: true, force: true }))
  let written: readonly string[] = []

  /** Rejects with what the program said. */
  const run = async (program: string, ...given: readonly string[]): Promise<void> => {
    const bin = join(ROOT, 'node_modules/.bin')
    const { VITEST: _, ...env } = process.env
    const path = `${bin}:${env['PATH'] ?? ''}`
    try {
      await promisify(execFile)(join(bin, program), given, {
        cwd: root,
        env: { ...env, PATH: path },
        timeout: PROGRAM_MS,
      })
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string }
      throw new Error(`${program} failed:\n${stdout}\n${stderr}`, { cause: error })
    }
  }

  beforeAll(() => {
    for (const path of COPIED) cpSync(join(ROOT, path), join(root, path), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
    // Of this repository, all of the source and what the suite of a provider needs.
    const tsconfig = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8')) as object
    writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ ...tsconfig, include: ['src', SUITE] }))
    written = scaffold({ root, title: 'Northern Light' })
  })

  it('leaves nothing of its own name', () => {
    expect(written).toContain('src/providers/northern-light/connector.ts')
    for (const path of written) {
      expect(path).not.toMatch(/example.?bank/i)
      expect(readFileSync(join(root, path), 'utf8')).not.toMatch(/example.?bank/i)
    }
  })

  it('keeps to the layers and the names', () => {
    const sources = written
      .filter((path) => path.endsWith('.ts'))
      .map((path) => parseSource(path, readFileSync(join(root, path), 'utf8')))
    const made = sources.filter(({ path }) => path.startsWith('src/'))
    expect(made).not.toEqual([])
    expect(violations(SOURCE_RULES, made)).toEqual([])
    expect(violations(REPOSITORY_RULES, sources)).toEqual([])
  })

  it('type-checks with all of the gateway: nothing else has to change', { timeout: 2 * PROGRAM_MS }, async () => {
    await run('graphql-codegen', '--config', 'codegen.ts')
    await run('tsc', '--noEmit')
  })

  it('passes the linter, once it is formatted under its new name', { timeout: PROGRAM_MS }, async () => {
    const made = written.filter((path) => /northern-light/.test(path))
    await run('oxfmt', ...made)
    await run('oxlint', '--type-aware', '--deny-warnings', ...made)
  })

  it('passes what every provider must', { timeout: PROGRAM_MS }, async () => {
    await run('vitest', 'run', SUITE, '--reporter=json', '--outputFile=report.json')
    const report = JSON.parse(readFileSync(join(root, 'report.json'), 'utf8')) as Report
    expect(report.numFailedTests).toBe(0)
    expect(report.numPassedTests).toBeGreaterThan(100)
  })

  it('does not write over what is there', () => {
    expect(() => scaffold({ root, title: 'Northern Light' })).toThrow(/is there already/)
  })

  it('takes words, and no path', () => {
    for (const title of ['', 'northern light', '../Elsewhere', 'A\nB']) {
      expect(() => scaffold({ root, title })).toThrow(/words that begin with a capital letter/)
    }
  })

  it('is described: the page names every file that changes', () => {
    const page = readFileSync(join(ROOT, 'docs/providers/adding-one.md'), 'utf8')
    for (const { file } of LINES) expect(page).toContain(`\`${file}\``)
  })
})
