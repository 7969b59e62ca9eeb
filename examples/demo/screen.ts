import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { DemoFailure } from './failure.ts'

type Style = Parameters<typeof styleText>[0]

/** The lines of one flow. Those of several are mixed, as things happen. */
export interface Column {
  /** What is about to be done. */
  step(text: string): void
  /** What came of it. */
  result(text: string): void
  /** What arrived by itself. */
  live(text: string): void
}

/** What a person sees. Colors only where there is a terminal that shows them. */
export interface Screen {
  title(text: string): void
  /** Each line of it has the name in front. */
  column(name: string): Column
  /** The first row holds the names of the columns. */
  table(rows: readonly (readonly string[])[]): void
  failure(failure: DemoFailure, flow?: string): void
}

const NAME_WIDTH = 8
const COLORS: readonly Style[] = ['cyan', 'magenta', 'yellow', 'green', 'blue']

export const createScreen = (output: Writable & { readonly isTTY?: boolean }, colors: boolean): Screen => {
  const startedAt = performance.now()
  const names: string[] = []
  const paint = (style: Style, text: string): string =>
    output.isTTY === true && colors ? styleText(style, text, { validateStream: false }) : text
  const line = (text = ''): void => void output.write(`${text}\n`)
  const clock = (): string => `${((performance.now() - startedAt) / 1000).toFixed(3)} s`.padStart(9)

  return {
    title: (text) => {
      line()
      line(paint('bold', text))
    },
    column: (name) => {
      if (!names.includes(name)) names.push(name)
      const color = COLORS[names.indexOf(name) % COLORS.length] ?? 'cyan'
      const write = (text: string): void =>
        line(`${paint('gray', clock())}  ${paint(color, name.padEnd(NAME_WIDTH))}  ${text}`)
      return {
        step: (text) => write(paint('bold', text)),
        result: (text) => write(`   ${text}`),
        live: (text) => write(paint(color, `<- ${text}`)),
      }
    },
    table: (rows) => {
      const widths = (rows[0] ?? []).map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)))
      const show = (row: readonly string[]): string =>
        row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join('  ')
          .trimEnd()
      line()
      for (const [index, row] of rows.entries()) line(index === 0 ? paint('bold', show(row)) : show(row))
    },
    failure: ({ code, message, whatToDo }, flow) => {
      line()
      line(paint('red', `Failed: ${code}${flow === undefined ? '' : ` in ${flow}`}`))
      line(`  What happened  ${message}`)
      line(`  What to do     ${whatToDo}`)
    },
  }
}
