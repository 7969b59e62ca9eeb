import type { Sealer } from '../../domain/sealing.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { toStatement } from '../repositories/read.ts'
import {
  AUDIT_BLOCK_COLUMNS,
  createAuditLineRows,
  NEW_AUDIT_LINE_COLUMNS,
  type NewAuditLineRow,
  toAuditBlockRow,
} from '../rows/audit-rows.ts'
import { pick } from '../rows/row.ts'
import type { AuditBlockTable } from '../schema.ts'
import { one, type WriteTable } from './write-table.ts'

export const createAuditWrites = ({ sql }: Engine, sealer: Sealer): WriteTable<'audit.append' | 'audit.close'> => {
  const lines = createAuditLineRows(sealer)
  const insertLine = prepare((row: NewAuditLineRow) =>
    sql.insertInto('audit_lines').values(pick(row, NEW_AUDIT_LINE_COLUMNS)),
  )
  const insertBlock = prepare((row: AuditBlockTable) =>
    sql.insertInto('audit_blocks').values(pick(row, AUDIT_BLOCK_COLUMNS)),
  )
  return {
    'audit.append': ({ entry }) => [one(insertLine(lines.toRow(entry)))],
    'audit.close': ({ block, positions }) => {
      const take = sql
        .updateTable('audit_lines')
        .set({ block: block.number })
        .where('position', 'in', [...positions])
        .where('block', 'is', null)
      return [one(insertBlock(toAuditBlockRow(block))), { ...toStatement(take), affects: positions.length }]
    },
  }
}
