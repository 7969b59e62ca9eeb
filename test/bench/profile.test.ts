import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CpuProfile, describeSummary, summarizeProfiles, toPartRows } from '../../bench/profile-summary.ts'
import { readSection } from '../../bench/report.ts'
import { WORKLOADS } from '../../bench/workloads.ts'

const ROOT = 'file:///somewhere/gateway'

const frame = (id: number, functionName: string, url: string): CpuProfile['nodes'][number] => ({
  id,
  callFrame: { functionName, url, lineNumber: 6 },
})

/** A sample each 10 µs. */
const profileOf = (samples: readonly number[]): CpuProfile => ({
  nodes: [
    frame(1, '(idle)', ''),
    frame(2, '(garbage collector)', ''),
    frame(3, 'writev', ''),
    frame(4, 'emit', 'node:events'),
    frame(5, 'execute', `${ROOT}/node_modules/graphql/execution/execute.mjs`),
    frame(6, 'post', `${ROOT}/node_modules/@apollo/server/node_modules/deep/index.js`),
    frame(7, 'readConsent', `${ROOT}/src/services/consents/read.ts`),
    frame(8, 'map', `${ROOT}/src/providers/fiskil/mapping.ts`),
    frame(9, '', `${ROOT}/src/main.js`),
  ],
  startTime: 1_000,
  samples,
  timeDeltas: samples.map(() => 10),
})
const ALWAYS = { from: 0, to: 1_000_000 }

test('self time goes to whoever wrote the code', () => {
  const { busy, parts } = summarizeProfiles([profileOf([1, 2, 3, 4, 5, 6, 7, 8, 9])], ALWAYS)
  expect(busy).toBe(80)
  expect([...parts.keys()]).toEqual([
    'garbage collection',
    'native code',
    'Node.js',
    'graphql',
    'deep',
    '`src/services`',
    '`src/providers/fiskil`',
    'src',
  ])
})

test('only what was sampled under the load counts, in every thread', () => {
  const profile = profileOf([5, 7, 7, 5])
  const { busy, functions } = summarizeProfiles([profile, profile], { from: 1_020, to: 1_030 })
  expect(busy).toBe(40)
  expect([...functions]).toEqual([['readConsent src/services/consents/read.ts:7', 40]])
})

test('each workload has a column, each part that matters a row, and shares add up', () => {
  const rare = [4, ...Array.from({ length: 199 }, () => 5)]
  const all = [
    { title: 'one', summary: summarizeProfiles([profileOf(rare)], ALWAYS) },
    { title: 'other', summary: summarizeProfiles([profileOf([5, 7])], ALWAYS) },
  ]
  expect(toPartRows(all)).toEqual([
    ['graphql', '99.5 %', '50.0 %'],
    ['`src/services`', '0.0 %', '50.0 %'],
    ['the rest', '0.5 %', '0.0 %'],
  ])
  expect(describeSummary('other', summarizeProfiles([profileOf([5, 5, 5, 7])], ALWAYS))).toMatch(
    /^other\n +75\.0 % {2}execute node_modules\/graphql\/.*\n +25\.0 % {2}readConsent /,
  )
})

test('the page has a column for each workload, and its shares add up', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/where-the-time-goes.md'), 'utf8')
  const [{ head, rows } = { head: [], rows: [] }, ...others] = readSection(page, 'profile')
  expect(others).toEqual([])
  expect(head.slice(1)).toEqual(WORKLOADS.map(({ title }) => title))
  for (const index of head.slice(1).keys()) {
    const sum = rows.reduce((sum, row) => sum + Number.parseFloat(row[index + 1] ?? ''), 0)
    expect(Math.abs(sum - 100)).toBeLessThan(2)
  }
})
