import type { Sealer } from '../../domain/sealing.ts'
import type { Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { checkFirst } from '../paging.ts'
import { AUDIT_BLOCK_COLUMNS, AUDIT_LINE_COLUMNS, createAuditLineRows, toAuditBlock } from '../rows/audit-rows.ts'
import type { AuditBlockTable, AuditLineTable } from '../schema.ts'
import { readRows, toStatement } from './read.ts'

const MAX_LINES = 1_000

export const createAuditReads = (engine: Engine, sealer: Sealer): Store['audit'] => {
  const { toLine } = createAuditLineRows(sealer)
  const lines = () => engine.sql.selectFrom('audit_lines').select(AUDIT_LINE_COLUMNS).orderBy('position')
  const blocks = () => engine.sql.selectFrom('audit_blocks').select(AUDIT_BLOCK_COLUMNS)
  const readLines = async (query: ReturnType<typeof lines>) =>
    (await readRows<AuditLineTable>(engine, AUDIT_LINE_COLUMNS, toStatement(query))).map(toLine)
  const readBlocks = async (query: ReturnType<typeof blocks>) =>
    (await readRows<AuditBlockTable>(engine, AUDIT_BLOCK_COLUMNS, toStatement(query))).map(toAuditBlock)

  return {
    open: (first) => readLines(lines().where('block', 'is', null).limit(checkFirst(first, MAX_LINES))),
    linesOf: (block) => readLines(lines().where('block', '=', block)),
    blocks: (after, first) =>
      readBlocks(blocks().where('number', '>', after).orderBy('number').limit(checkFirst(first))),
    lastBlock: async () => (await readBlocks(blocks().orderBy('number', 'desc').limit(1)))[0] ?? null,
  }
}
