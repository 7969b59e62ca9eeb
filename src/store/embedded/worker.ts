import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { toFault } from './fault.ts'
import { commitGroup } from './group-commit.ts'
import { openFile, type OpenFile } from './open-file.ts'
import type { EmbeddedLocation, FaultReply, QueryReply, Requests, WorkerMessage } from './protocol.ts'
import { createStatementCache } from './statement-cache.ts'

/** Owns the file: the one thread that waits for the disk, so that the event loop never does. */
const port = parentPort!
const send = (message: WorkerMessage): void => port.postMessage(message)

/** All that has arrived by now: while the disk was busy, more did, and shares the next fsync. */
const drain = (first: Requests): readonly Requests[] => {
  const requests = [first]
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    requests.push(next.message as Requests)
  }
  return requests
}

const serve = ({ database, close }: OpenFile): void => {
  const prepared = createStatementCache(database)

  port.on('message', (first: Requests) => {
    const requests = drain(first)
    const queries: QueryReply[] = []
    const faults: FaultReply[] = []
    // Before the writes begin: a reader must not see what may still be rolled back.
    for (const [id, sql, parameters] of requests.flatMap((request) => request.queries)) {
      try {
        queries.push([id, prepared(sql).all(parameters)])
      } catch (error) {
        faults.push([id, toFault(error)])
      }
    }
    const group = commitGroup(
      prepared,
      requests.flatMap((request) => request.batches),
    )
    send({
      kind: 'REPLIES',
      replies: { queries, batches: group.batches, faults: [...faults, ...group.faults] },
    })
    if (!requests.some((request) => request.close)) return
    // Moves the log into the database even while a backup reads it; where that fails, the next start does it.
    try {
      prepared('pragma wal_checkpoint(truncate)').all([])
    } catch {
      // What was acknowledged is safe in the log.
    }
    close()
    send({ kind: 'CLOSED' })
    port.close()
  })
}

try {
  serve(await openFile(workerData as EmbeddedLocation))
  send({ kind: 'OPENED' })
} catch (error) {
  send({ kind: 'NOT_OPENED', fault: toFault(error) })
  port.close()
}
