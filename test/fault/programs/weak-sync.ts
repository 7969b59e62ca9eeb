/** Loaded with `node --import`: SQLite forces its log to the disk at checkpoints only, so that a power cut takes commits. */
import { DatabaseSync } from 'node:sqlite'

// oxlint-disable-next-line unbound-method -- called with its own database below
const { exec } = DatabaseSync.prototype

DatabaseSync.prototype.exec = function execWeakly(this: DatabaseSync, sql: string): void {
  exec.call(this, sql.replace('synchronous = full', 'synchronous = normal'))
}
