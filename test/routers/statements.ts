import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Asked each second on behalf of whoever listens, and of no request. */
const ON_SCHEDULE = '"erasure" is not null'

/** What a gateway reads from its store, statement by statement. */
export interface Statements {
  /** For the gateway. */
  readonly env: Readonly<Record<string, string>>
  /** Those that read that table during the work, each as often as it ran. */
  readsOf(table: string, work: () => Promise<unknown>): Promise<readonly string[]>
}

export const statementsIn = (directory: string): Statements => {
  const file = join(directory, 'statements')
  writeFileSync(file, '')
  const read = (): readonly string[] => readFileSync(file, 'utf8').split('\n')
  return {
    env: {
      STATEMENTS_FILE: file,
      NODE_OPTIONS: `--import ${join(import.meta.dirname, 'programs/report-statements.ts')}`,
    },
    readsOf: async (table, work) => {
      const before = read().length
      await work()
      return read()
        .slice(before - 1)
        .filter((statement) => statement.includes(`from "${table}"`) && !statement.includes(ON_SCHEDULE))
    },
  }
}
