import { getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { GatewayError } from '../../domain/errors.ts'
import { fromFault } from './fault.ts'
import type { EmbeddedLocation, Replies, Requests, WorkerMessage } from './protocol.ts'

export interface StoreThread {
  /** Rejects with GatewayError STORE_UNAVAILABLE: the directory is in use, damaged, or cannot be written. */
  readonly opened: Promise<void>
  /** Resolves at the end of the thread, however it ends. */
  readonly exited: Promise<void>
  post(requests: Requests): void
  onReplies(listener: (replies: Replies) => void): void
  /** At the end of the thread, for a fault or when it was asked for. */
  onEnd(listener: (cause: unknown) => void): void
}

/**
 * Three times what is made between two minor collections at most, in mebibytes. What the thread makes is young when it is done with; by
 * default V8 would come to keep four times as much room for it, and not give it back.
 */
const MOST_YOUNG_MIB = 48

/** Begins to open the file at once, beside whatever this thread does. */
export const startStoreThread = (location: EmbeddedLocation): StoreThread => {
  const compiled = getCompileCacheDir()
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    name: 'store',
    resourceLimits: { maxYoungGenerationSizeMb: MOST_YOUNG_MIB },
    workerData: { ...location, compiledCode: compiled === undefined ? null : dirname(compiled) },
  })
  const opened = Promise.withResolvers<void>()
  let ended: { readonly cause: unknown } | null = null
  let onReplies: (replies: Replies) => void = () => {}
  let onEnd: (cause: unknown) => void = () => {}

  const fail = (cause: unknown): void => {
    ended ??= { cause }
    opened.reject(new GatewayError('STORE_UNAVAILABLE', { cause }))
    onEnd(cause)
  }
  worker.on('message', (message: WorkerMessage) => {
    if (message.kind === 'REPLIES') onReplies(message.replies)
    else if (message.kind === 'OPENED') opened.resolve()
    else if (message.kind === 'NOT_OPENED') opened.reject(fromFault(message.fault))
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`The thread that owns the store ended with ${code}.`)))
  // Whoever waits for it is told; it may fail before anybody does.
  opened.promise.catch(() => undefined)

  return {
    opened: opened.promise,
    exited: new Promise<void>((resolve) => worker.once('exit', () => resolve())),
    // oxlint-disable-next-line require-post-message-target-origin -- a thread has no origin
    post: (requests) => worker.postMessage(requests),
    onReplies: (listener) => {
      onReplies = listener
    },
    onEnd: (listener) => {
      onEnd = listener
      if (ended !== null) listener(ended.cause)
    },
  }
}
