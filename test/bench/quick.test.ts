import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { faultOf, requireSameAnswer } from '../../bench/answers.ts'
import { divide, spreadOf, takeTurns } from '../../bench/measure.ts'
import { drawPageChart } from '../../bench/page-chart.ts'
import { parseTables, readSection, replaceSection, toTablesText } from '../../bench/report.ts'
import type { Table } from '../../bench/section.ts'
import { SECTIONS } from '../../bench/sections.ts'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = join(ROOT, 'docs/performance.md')
const CHART = join(ROOT, 'docs/performance.svg')

const CASES = [
  '`consent(id)`, live',
  '`consent(id)`, from the store',
  '`user.consents`, four providers',
  'a dashboard',
  '`startAuthorization`',
].flatMap((title) => [`${title}, user token`, `${title}, API key`])
const SLOW_CASES = ['`consent(id)`, live, user token', '`user.consents`, four providers, user token']
const PEER_CASES = ['`consent(id)`, live', '`user.consents`, four providers'].flatMap((title) => [
  `${title}, Apollo Server`,
  `${title}, Hive Gateway`,
  `${title}, a bare handler`,
])

/** A number, perhaps with the middle half of its rounds. */
const MEASURED = /^(?:-?\d+\.\d\d(?: \(-?\d+\.\d\d to -?\d+\.\d\d\))?|not known)$/

/** What each section's tables hold: the names of the rows, and how many cells of each are measured. */
const SECTION_TABLES: Readonly<
  Record<string, readonly { readonly rows: readonly string[]; readonly measured: number }[]>
> = {
  requests: [{ rows: CASES, measured: 3 }],
  'slow-provider': [{ rows: SLOW_CASES, measured: 2 }],
  peers: [{ rows: PEER_CASES, measured: 3 }],
  subscriptions: [
    { rows: ['time until the last has it', 'CPU'], measured: 1 },
    {
      rows: [
        'resident memory over that at rest',
        'resident memory, a tenth of the sockets',
        'resident memory, each beyond that tenth',
        'heap',
      ],
      measured: 1,
    },
    { rows: ['p99 from commit to client, ms', 'CPU of one event ÷ that with a tenth of the sockets'], measured: 1 },
    {
      rows: [
        'time ÷ opening as many of `ws`',
        'CPU ÷ opening one of `ws`',
        'messages to the thread that owns the store, each',
      ],
      measured: 1,
    },
  ],
  process: [{ rows: ['resident memory at rest', 'time from start to ready', 'CPU from start to ready'], measured: 1 }],
}
const NAMES = Object.keys(SECTION_TABLES)
/** Peers are another installation, and another test. */
const QUICK_NAMES = NAMES.filter((name) => name !== 'peers')

const requireTables = (name: string, tables: readonly Table[]): void => {
  const wanted = SECTION_TABLES[name] ?? []
  expect(tables).toHaveLength(wanted.length)
  for (const [index, { head, rows }] of tables.entries()) {
    expect(rows.map(([first]) => first)).toEqual(wanted[index]?.rows)
    for (const row of rows) {
      expect(row).toHaveLength(head.length)
      expect(row.filter((cell) => MEASURED.test(cell))).toHaveLength(wanted[index]?.measured ?? 0)
    }
  }
}

describe('the quick benchmark', () => {
  let output = ''
  const kept = [PAGE, CHART].map((file) => readFileSync(file, 'utf8'))

  beforeAll(() => {
    const done = spawnSync(
      join(ROOT, 'node_modules/.bin/node'),
      ['bench/main.ts', '--quick', ...QUICK_NAMES.map((name) => `--section=${name}`)],
      {
        cwd: ROOT,
        encoding: 'utf8',
        timeout: 240_000,
      },
    )
    expect(done.stderr).toBe('')
    expect(done.status).toBe(0)
    output = done.stdout
  }, 250_000)

  test('finds the gateway and the floor to say the same', () => {
    // 8 seats: 8 consents twice, 8 lists, one dashboard and one start, each with both kinds of credential.
    expect(output).toContain('416 answers compared: gateway and floor say the same.')
  })

  test.each(QUICK_NAMES)('%s: whole tables', (name) => {
    const [, text = ''] = output.split(`--- ${name}\n`)
    requireTables(name, parseTables(text.split(/^--- /m)[0] ?? ''))
  })

  test('keeps nothing', () => expect([PAGE, CHART].map((file) => readFileSync(file, 'utf8'))).toEqual(kept))
})

test('each section is known here', () => expect(SECTIONS.map(({ name }) => name)).toEqual(NAMES))

test.each(NAMES)('the page holds whole tables of %s', (name) =>
  requireTables(name, readSection(readFileSync(PAGE, 'utf8'), name)),
)

test('the chart is the one of the page’s tables', () => {
  const page = readFileSync(PAGE, 'utf8')
  const chart = readFileSync(CHART, 'utf8')
  expect(chart).toBe(drawPageChart(page, SECTIONS))
  const [first = ''] = readSection(page, 'requests')[0]?.rows.map(([, cell = '']) => cell.split(' ')[0]) ?? []
  expect(chart).toContain(`>${first}</text>`)
  expect(() => drawPageChart(page.replace('req/s ÷ floor', 'another'), SECTIONS)).toThrow(/no column/)
})

test('what is divided by a time too short to be counted is not known', () => {
  expect([divide(6, 3), divide(0, 3), divide(6, 0), divide(0, 0), divide(null, 3), divide(6, null)]).toEqual([
    2,
    0,
    null,
    null,
    null,
    null,
  ])
})

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

  test('every side is measured in each turn, and none is always first', async () => {
    const order: string[] = []
    const turns = await takeTurns(['a', 'b'], 2, async (name) => order.push(name))
    expect(order).toEqual(['a', 'b', 'b', 'a'])
    expect(turns).toEqual([
      { a: 1, b: 2 },
      { a: 4, b: 3 },
    ])
  })

  test('tables replace what is between the markers of their section, and nothing else', () => {
    const page = (one: string, other: string): string =>
      `before\n<!-- bench:one:start -->${one}<!-- bench:one:end -->\n<!-- bench:other:start -->${other}<!-- bench:other:end -->`
    expect(replaceSection(page('\nold\n', '\nas it is\n'), 'one', 'new')).toBe(page('\n\nnew\n\n', '\nas it is\n'))
    expect(() => replaceSection(page('', ''), 'another', 'new')).toThrow(/has no/)
  })

  test('tables are read as they were written', () => {
    const tables: readonly Table[] = [
      { head: ['workload', 'ratio'], rows: [['a, b', '0.50 (0.40 to 0.60)']] },
      { head: ['other'], rows: [['c'], ['d']] },
    ]
    expect(parseTables(`text\n${toTablesText(tables)}\ntext`)).toEqual(tables)
  })
})
