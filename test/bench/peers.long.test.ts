import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { installPeers } from '../../bench/peer-servers.ts'
import { parseTables } from '../../bench/report.ts'

const ROOT = join(import.meta.dirname, '../..')
const RUN_MS = 10 * 60_000

test(
  'the peers are installed, and answer what they are asked',
  () => {
    const done = spawnSync(
      join(ROOT, 'node_modules/.bin/node'),
      ['bench/main.ts', '--quick', '--section=peers', '--only=live'],
      { cwd: ROOT, encoding: 'utf8', timeout: RUN_MS },
    )
    expect(done.status, done.stderr).toBe(0)
    const [{ rows } = { rows: [] }, ...others] = parseTables(done.stdout)
    expect(others).toEqual([])
    expect(rows.map(([name]) => name)).toEqual([
      '`consent(id)`, live, Apollo Server',
      '`consent(id)`, live, Hive Gateway',
      '`consent(id)`, live, a bare handler',
    ])
    for (const [, throughput] of rows) expect(Number(throughput?.split(' ')[0])).toBeGreaterThan(0)
  },
  RUN_MS,
)

test('peers that cannot be installed are a sentence, and no error', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'consentgraph-peers-'))
  try {
    await writeFile(join(folder, 'package.json'), '{}')
    const said: string[] = []
    const fault = installPeers(folder, (text) => said.push(text))
    expect(said).toHaveLength(1)
    expect(fault).toMatch(/^`npm ci` in .* failed: npm error /)
  } finally {
    await rm(folder, { recursive: true })
  }
})
