import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { faultOf, requireSameAnswer } from '../../bench/answers.ts'
import { spreadOf } from '../../bench/measure.ts'
import { replaceTables } from '../../bench/report.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/performance.md')

const CASES = [
  '`consent(id)`, live',
  '`consent(id)`, from the store',
  '`user.consents`, four providers',
  'a dashboard',
  '`startAuthorization`',
].flatMap((title) => [`${title}, user token`, `${title}, API key`])
const SLOW_CASES = ['`consent(id)`, live, user token', '`user.consents`, four providers, user token']

/** The cells of each row of each table in a text. */
const tablesIn = (text: string): readonly (readonly (readonly string[])[])[] =>
  [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .map((line) =>
        line
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      ),
  )

const SPREAD = /^(?:-?\d+\.\d\d \(-?\d+\.\d\d to -?\d+\.\d\d\)|not known)$/

const requireTables = (text: string): void => {
  const [full = [], slow = [], ...others] = tablesIn(text)
  expect(others).toEqual([])
  expect(full.slice(2).map(([name]) => name)).toEqual(CASES)
  expect(slow.slice(2).map(([name]) => name)).toEqual(SLOW_CASES)
  for (const row of [...full, ...slow]) expect(row).toHaveLength(5)
  for (const [, throughput, cpu, , busy] of full.slice(2)) {
    expect(throughput).toMatch(/^\d/)
    for (const cell of [throughput, cpu, busy]) expect(cell).toMatch(SPREAD)
  }
  for (const [, p50, p99, , load] of slow.slice(2)) {
    for (const cell of [p50, p99]) expect(cell).toMatch(SPREAD)
    expect(load).toMatch(/^\d+\.\d\d$/)
  }
}

describe('the quick benchmark', () => {
  let output = ''
  const page = readFileSync(PAGE, 'utf8')

  beforeAll(() => {
    const done = spawnSync(join(ROOT, 'node_modules/.bin/node'), ['bench/main.ts', '--quick'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 120_000,
    })
    expect(done.stderr).toBe('')
    expect(done.status).toBe(0)
    output = done.stdout
  }, 130_000)

  test('finds the gateway and the floor to say the same', () => {
    // 8 seats: 3 consents twice, one list, one dashboard and one start, each with both kinds of credential.
    expect(output).toContain('144 answers compared: gateway and floor say the same.')
  })

  test('ends with whole tables', () => requireTables(output))

  test('keeps nothing', () => expect(readFileSync(PAGE, 'utf8')).toBe(page))
})

test('the page holds whole tables', () => requireTables(readFileSync(PAGE, 'utf8')))

describe('what guards the numbers', () => {
  const answer = (changed: object = {}): string =>
    JSON.stringify({
      data: { consent: { status: 'AUTHORIZED', source: { observedAt: new Date().toISOString() }, ...changed } },
    })

  test('answers may differ in the time of reading, and in nothing else', () => {
    const later = answer({ source: { observedAt: new Date(Date.now() + 5).toISOString() } })
    requireSameAnswer('', later, answer())
    expect(() => requireSameAnswer('', answer({ version: 2 }), answer())).toThrow(/answer differently/)
    const longAgo = answer({ source: { observedAt: '2020-01-01T00:00:00.000Z' } })
    expect(() => requireSameAnswer('', longAgo, answer())).toThrow(/answer differently/)
    expect(() => requireSameAnswer('', '{"data":null}', '{"data":null}')).toThrow(/nothing worth comparing/)
  })

  test('answers that name what was made for them may differ in its name', () => {
    const made = (id: string, status = 'AWAITING_AUTHORIZATION', createdAt = new Date().toISOString()): string =>
      JSON.stringify({
        id: `con_${id.repeat(32)}`,
        status,
        createdAt,
        url: `https://a.example/?sessionid=${id.repeat(36)}`,
      })
    requireSameAnswer('', made('a'), made('b'), true)
    expect(() => requireSameAnswer('', made('a'), made('b'))).toThrow(/nothing worth comparing|answer differently/)
    expect(() => requireSameAnswer('', made('a', 'AUTHORIZED'), made('b'), true)).toThrow(/answer differently/)
    expect(() => requireSameAnswer('', made('a', 'AUTHORIZED', '2020-01-01'), made('b'), true)).toThrow(/differently/)
    expect(() => requireSameAnswer('', made('a').replace('con_', 'con_x'), made('b'), true)).toThrow(/differently/)
  })

  test('an answer under load must be 200, without errors, and about what was asked', () => {
    const ok = 'HTTP/1.1 200 OK\r\n\r\n{"data":{"consent":{"id":"con_1"}}}'
    expect(faultOf(ok, ['con_1', 'consent'])).toBeNull()
    expect(faultOf(ok, ['con_1', 'LIVE'])).toContain('con_1 and LIVE')
    expect(faultOf(ok.replace('200', '500'), ['con_1'])).toContain('500')
    expect(faultOf('HTTP/1.1 200 OK\r\n\r\n{"errors":[{"message":"con_1"}]}', ['con_1'])).toContain('errors')
  })

  test('the median and the middle half', () => {
    expect(spreadOf([5, 1, 3, 2, 4])).toEqual({ median: 3, low: 2, high: 4 })
    expect(spreadOf([1, 2])).toEqual({ median: 1.5, low: 1.25, high: 1.75 })
  })

  test('tables replace what is between the markers, and nothing else', () => {
    const between = (text: string): string => `before\n<!-- bench:start -->${text}<!-- bench:end -->\nafter`
    expect(replaceTables(between('\nold\n'), 'new')).toBe(between('\n\nnew\n\n'))
    expect(() => replaceTables('no markers', 'new')).toThrow(/has no/)
  })
})
