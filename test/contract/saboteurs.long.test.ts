import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SABOTEURS } from './saboteurs/every-saboteur.ts'

const ROOT = join(import.meta.dirname, '../..')
const RUN_MS = 120_000

interface Result {
  readonly fullName: string
  readonly status: 'passed' | 'failed' | 'skipped' | 'pending'
}

interface Report {
  readonly testResults: readonly { readonly assertionResults: readonly Result[] }[]
}

// A check that cannot fail would let every provider pass.
describe('the suite of providers', () => {
  const directory = mkdtempSync(join(tmpdir(), 'consentgraph-saboteurs-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))
  let results: readonly Result[] = []

  beforeAll(async () => {
    const file = join(directory, 'report.json')
    const program = join(import.meta.dirname, 'programs/run-sabotaged.ts')
    const { VITEST: _, VITEST_MODE: __, ...env } = process.env
    await promisify(execFile)(process.execPath, [program, file], { cwd: ROOT, env, timeout: RUN_MS, maxBuffer: 1e8 })
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report
    results = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  }, RUN_MS)

  it.each(SABOTEURS)('sees $name at $victim', ({ name, seenBy }) => {
    const seen = results.filter(({ fullName }) => fullName.startsWith(`${name} `) && fullName.includes(seenBy))
    expect(seen.some(({ status }) => status === 'failed')).toBe(true)
  })

  it('has no test that no saboteur has made fail', () => {
    const first = SABOTEURS[0]!.name
    const tests = results
      .map(({ fullName }) => fullName)
      .filter((name) => name.startsWith(`${first} `))
      .map((name) => name.slice(first.length + 1))
    expect(tests.length).toBeGreaterThan(40)
    // Cases of one test share what it asserts.
    const seen = SABOTEURS.map(({ seenBy }) => seenBy.split(' for ')[0]!)
    const unseen = tests.filter((test) => !seen.some((part) => test.includes(part)))
    expect(unseen).toEqual([])
  })
})
