import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import type { DemoFailure } from './failure.ts'

type Style = Parameters<typeof styleText>[0]

/** What a person sees. Colors only where there is a terminal that shows them. */
export interface Screen {
  title(text: string): void
  /** What is about to be done. */
  step(text: string): void
  /** What came of it. */
  result(text: string): void
  /** What arrived by itself. */
  live(text: string): void
  failure(failure: DemoFailure): void
}

export const createScreen = (output: Writable & { readonly isTTY?: boolean }, colors: boolean): Screen => {
  const startedAt = performance.now()
  const paint = (style: Style, text: string): string =>
    output.isTTY === true && colors ? styleText(style, text, { validateStream: false }) : text
  const line = (text = ''): void => void output.write(`${text}\n`)
  const clock = (): string => `${((performance.now() - startedAt) / 1000).toFixed(3)} s`.padStart(9)

  return {
    title: (text) => {
      line()
      line(paint('bold', text))
    },
    step: (text) => {
      line()
      line(`${paint('gray', clock())}  ${text}`)
    },
    result: (text) => line(`${' '.repeat(11)}${paint('green', text)}`),
    live: (text) => line(`${paint('gray', clock())}  ${paint('cyan', `<- ${text}`)}`),
    failure: ({ code, message, whatToDo }) => {
      line()
      line(paint('red', `Failed: ${code}`))
      line(`  What happened  ${message}`)
      line(`  What to do     ${whatToDo}`)
    },
  }
}
