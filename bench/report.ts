import { type Round, type Spread, spreadOver, type Turn } from './measure.ts'
import type { Table } from './section.ts'

const number = (value: number): string => value.toFixed(2)

export const toNumberCell = (value: number | null): string => (value === null ? 'not known' : number(value))

export const toSpreadCell = (value: Spread | null): string =>
  value === null ? 'not known' : `${number(value.median)} (${number(value.low)} to ${number(value.high)})`

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const toMarkdown = ({ head, rows }: Table): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

export const toTablesText = (tables: readonly Table[]): string =>
  tables
    .filter(({ rows }) => rows.length > 0)
    .map(toMarkdown)
    .join('\n\n')

const markersOf = (section: string): readonly [start: string, end: string] => [
  `<!-- bench:${section}:start -->`,
  `<!-- bench:${section}:end -->`,
]

const findSection = (page: string, section: string): readonly [from: number, to: number] => {
  const [start, end] = markersOf(section)
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  if (from === -1 || to < from) throw new Error(`the page has no ${start} and ${end}`)
  return [from + start.length, to]
}

/** @throws Error for a page without the section's markers */
export const replaceSection = (page: string, section: string, text: string): string => {
  const [from, to] = findSection(page, section)
  return `${page.slice(0, from)}\n\n${text}\n\n${page.slice(to)}`
}

const cellsOf = (line: string): readonly string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())

export const parseTables = (text: string): readonly Table[] =>
  [...text.matchAll(/(?:^\|.*\|$\n?)+/gm)].map(([table]) => {
    const [head = [], , ...rows] = table.trim().split('\n').map(cellsOf)
    return { head, rows }
  })

/** @throws Error for a page without the section's markers */
export const readSection = (page: string, section: string): readonly Table[] =>
  parseTables(page.slice(...findSection(page, section)))

/** Absolute numbers, to be shown. */
export const describeTurns = <Name extends string>(
  title: string,
  names: readonly Name[],
  turns: readonly Turn<Name>[],
): string => {
  const line = (name: Name): string => {
    const over = (value: (round: Round) => number | null): string =>
      toSpreadCell(spreadOver(turns, (turn) => value(turn[name])))
    return [
      `  ${name.padEnd(12)}`,
      `${over((round) => round.requestsPerSecond)} req/s`,
      `${over((round) => round.cpuMsPerRequest)} ms CPU`,
      `p50 ${over((round) => round.p50Ms)} ms`,
      `p99 ${over((round) => round.p99Ms)} ms`,
      `busy ${over((round) => round.busy)}`,
    ].join('  ')
  }
  return [title, ...names.map(line)].join('\n')
}
