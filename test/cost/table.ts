import { readFileSync, writeFileSync } from 'node:fs'
import { COUNTED, type Counts } from './ledger.ts'

/** By operation, in the order in which they are measured. */
export type CostTable = Readonly<Record<string, Counts>>

const FILE = new URL('counts.json', import.meta.url)

export const readTable = (): CostTable => JSON.parse(readFileSync(FILE, 'utf8')) as CostTable

const inOrder = (counts: Counts): Counts =>
  Object.fromEntries(COUNTED.flatMap((what) => (counts[what] === undefined ? [] : [[what, counts[what]]])))

/** One line for each operation, so that changes of two branches meet only where they count the same one. */
export const writeTable = (table: CostTable): void => {
  const lines = Object.entries(table).map(
    ([name, counts]) =>
      `  ${JSON.stringify(name)}: { ${Object.entries(inOrder(counts))
        .map(([what, times]) => `${JSON.stringify(what)}: ${times}`)
        .join(', ')} }`,
  )
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`)
}

const RECORD = 'npm run cost:record'

/** What is more than recorded, and what is less; empty where both agree. */
export const compareCounts = (measured: Counts, recorded: Counts): readonly string[] =>
  COUNTED.flatMap((what) => {
    const [is, was] = [measured[what] ?? 0, recorded[what] ?? 0]
    if (is > was) return [`${is} ${what}, and ${was} are recorded: it costs more than before`]
    return is < was ? [`${is} ${what}, and ${was} are recorded: keep it that way with \`${RECORD}\``] : []
  })
