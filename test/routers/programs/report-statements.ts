/** Loaded with `node --import`: SQLite appends each statement that reads, as it runs, to the file that STATEMENTS_FILE names. */
import { appendFileSync } from 'node:fs'
import { StatementSync } from 'node:sqlite'

const file = process.env['STATEMENTS_FILE'] ?? ''

const { all: run } = StatementSync.prototype

StatementSync.prototype.all = function all(this: StatementSync, ...parameters: readonly unknown[]) {
  // At once: whoever has the answer of a request finds its statements in the file.
  appendFileSync(file, `${this.sourceSQL.replaceAll(/\s+/g, ' ')}\n`)
  return Reflect.apply(run, this, parameters)
}
