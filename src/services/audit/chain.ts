import { setTimeout as pause } from 'node:timers/promises'
import type { AuditBlock, AuditLine } from '../../domain/audit.ts'
import type { Store } from '../../domain/store.ts'
import type { Report } from '../context.ts'
import type { RootKey } from '../root-key.ts'
import { closeBlock } from './blocks.ts'

const TICK_MS = 1_000
const BLOCK_LINES = 500
const PAGE_BLOCKS = 50

export interface AuditChain {
  start(): void
  /** Closes off what is there, and waits for it. */
  stop(): Promise<void>
  /** Closes off what is there: how many blocks came of it. */
  close(): Promise<number>
}

/** Closes new lines off, block by block. Several replicas may: of two that close the same lines, one is refused. */
export const createAuditChain = (store: Store, root: RootKey, report: Report): AuditChain => {
  const stopping = new AbortController()
  let loop: Promise<void> = Promise.resolve()

  const close = async (): Promise<number> => {
    for (let closed = 0; ; closed += 1) {
      const [lines, last] = await Promise.all([store.audit.open(BLOCK_LINES), store.audit.lastBlock()])
      if (lines.length === 0) return closed
      const block = closeBlock(last, lines, new Date(), root)
      const { committed } = await store.commit([
        { kind: 'audit.close', block, positions: lines.map(({ position }) => position) },
      ])
      // Another one was faster, and goes on.
      if (!committed || lines.length < BLOCK_LINES) return committed ? closed + 1 : closed
    }
  }
  const closeOrReport = (): Promise<unknown> =>
    close().catch((error: unknown) => report('audit.close.failed', {}, error))

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await closeOrReport()
      // Called off, the wait is over.
      await pause(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }

  return {
    start: () => {
      loop = run()
    },
    stop: async () => {
      stopping.abort()
      await loop
      await closeOrReport()
    },
    close,
  }
}

/** Every block with its lines, oldest first. */
export async function* readBlocks({
  audit,
}: Store): AsyncGenerator<{ readonly block: AuditBlock; readonly lines: readonly AuditLine[] }> {
  for (let after = 0; ;) {
    const blocks = await audit.blocks(after, PAGE_BLOCKS)
    for (const block of blocks) yield { block, lines: await audit.linesOf(block.number) }
    if (blocks.length < PAGE_BLOCKS) return
    after = blocks.at(-1)?.number ?? after
  }
}
