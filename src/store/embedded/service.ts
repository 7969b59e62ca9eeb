import { flushCompileCache } from 'node:module'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { toFault } from './fault.ts'
import { commitGroup } from './group-commit.ts'
import { openFile, type OpenFile } from './open-file.ts'
import type { Answer, EmbeddedLocation, Refusal, Requests, WorkerMessage } from './protocol.ts'
import { createStatementCache } from './statement-cache.ts'

/** Owns the file: the one thread that waits for the disk, so that the event loop never does. */
export const serve = async (port: MessagePort, location: EmbeddedLocation): Promise<void> => {
  const send = (message: WorkerMessage): void => {
    port.postMessage(message)
  }
  try {
    const file = await openFile(location)
    const answer = createService(file, send)
    port.on('message', (first: Requests) => {
      const requests = drain(port, first)
      answer(requests)
      if (!requests.some(({ close }) => close)) return
      file.close()
      port.close()
    })
    send({ kind: 'OPENED' })
    flushCompileCache()
  } catch (error) {
    send({ kind: 'NOT_OPENED', fault: toFault(error) })
    port.close()
  }
}

/** All that has arrived by now: while the disk was busy, more did, and shares the next fsync. */
const drain = (port: MessagePort, first: Requests): readonly Requests[] => {
  const requests = [first]
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    requests.push(next.message as Requests)
  }
  return requests
}

const createService = (
  { database }: OpenFile,
  send: (message: WorkerMessage) => void,
): ((requests: readonly Requests[]) => void) => {
  const prepared = createStatementCache(database)
  return (requests) => {
    const answers: Answer[] = []
    const refusals: Refusal[] = []
    // Before the writes begin: a reader must not see what may still be rolled back.
    for (const [id, sql, parameters] of requests.flatMap(({ queries }) => queries)) {
      try {
        answers.push([id, null, prepared(sql).all(parameters)])
      } catch (error) {
        refusals.push([id, toFault(error)])
      }
    }
    const group = commitGroup(
      prepared,
      requests.flatMap(({ batches }) => batches),
    )
    send({
      kind: 'REPLIES',
      replies: { answers: [...answers, ...group.answers], refusals: [...refusals, ...group.refusals] },
    })
  }
}
