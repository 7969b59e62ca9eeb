import { beforeAll, describe, expect, test } from 'vitest'
import { COUNTED } from './ledger.ts'
import { measureCosts } from './measure.ts'
import { compareCounts, type CostTable, readTable } from './table.ts'

const recorded = readTable()
let measured: CostTable

beforeAll(async () => {
  measured = await measureCosts()
})

test('what is measured is what is recorded, and nothing else', () => {
  expect(Object.keys(measured)).toEqual(Object.keys(recorded))
})

test.each(Object.keys(recorded))('%s costs what is recorded', (name) => {
  expect(compareCounts(measured[name] ?? {}, recorded[name] ?? {})).toEqual([])
})

test.each(COUNTED)('%s are seen', (what) => {
  expect(Object.values(measured).some((counts) => (counts[what] ?? 0) > 0)).toBe(true)
})

describe('an operation that is known', () => {
  const KNOWN = Object.keys(recorded).filter((name) => !/^three events|nobody has sent/.test(name))

  test.each(KNOWN)('%s is executed and written once, and neither parsed nor planned', (name) => {
    const { parses, validations, plans, executions, serializations } = measured[name]!
    expect({ parses, validations, plans, executions, serializations }).toEqual({ executions: 1, serializations: 1 })
  })
})

test('an event is executed and written once for all who may see the same', () => {
  const [one, many, two] = Object.keys(recorded).filter((name) => name.startsWith('three events, to'))
  expect(measured[many!]).toEqual(measured[one!])
  expect(measured[two!]).toMatchObject({ executions: 6, serializations: 6 })
})

test('more than recorded is a regression, less has to be recorded, and both say so', () => {
  expect(compareCounts({ reads: 3, opens: 1 }, { reads: 2, opens: 1 })).toEqual([
    '3 reads, and 2 are recorded: it costs more than before',
  ])
  expect(compareCounts({ reads: 2 }, { reads: 2, 'upstream calls': 1 })).toEqual([
    '0 upstream calls, and 1 are recorded: keep it that way with `npm run cost:record`',
  ])
})
