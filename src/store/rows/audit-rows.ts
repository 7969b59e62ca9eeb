import type { Selectable } from 'kysely'
import type { AuditAddress, AuditBlock, AuditedChange, AuditEntry, AuditLine } from '../../domain/audit.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { AuditBlockTable, AuditLineTable } from '../schema.ts'
import { mapNullable, parseDocument, toDocument } from './document.ts'
import { ownGetters } from './own-getters.ts'
import { type ColumnSeal, columnsOf, sealColumn, word, wordOrNull } from './row.ts'

export const AUDIT_LINE_COLUMNS = columnsOf<AuditLineTable>({
  position: true,
  at: true,
  actor: true,
  action: true,
  request_id: true,
  client_id: true,
  user_id: true,
  consent_id: true,
  changes: true,
  address_mark: true,
  address: true,
  block: true,
})

export type NewAuditLineRow = Omit<AuditLineTable, 'position' | 'block'>

export const NEW_AUDIT_LINE_COLUMNS = AUDIT_LINE_COLUMNS.filter((column) => column !== 'position' && column !== 'block')

class ReadAddress implements AuditAddress {
  readonly mark: string
  /** Throws what `Sealer.open` does. */
  declare readonly known: AuditAddress['known']
  readonly #sealed: string | null
  readonly #addresses: ColumnSeal

  constructor(mark: string, sealed: string | null, addresses: ColumnSeal) {
    this.mark = mark
    this.#sealed = sealed
    this.#addresses = addresses
    Object.defineProperties(this, ReadAddress.#getters)
  }

  /** Every line is read to be closed off, which the mark is enough for. */
  static readonly #getters = ownGetters<ReadAddress>({
    known() {
      return mapNullable(this.#sealed, (sealed) =>
        parseDocument<NonNullable<AuditAddress['known']>>(this.#addresses.open(sealed, this.mark)),
      )
    },
  })
}

export const createAuditLineRows = (sealer: Sealer) => {
  // A mark is of one line alone.
  const addresses = sealColumn(sealer, 'audit_lines', 'address')
  return {
    toRow: (entry: AuditEntry): NewAuditLineRow => ({
      at: entry.at.getTime(),
      actor: entry.actor,
      action: entry.action,
      request_id: entry.requestId,
      client_id: entry.clientId,
      user_id: entry.userId,
      consent_id: entry.consentId,
      changes: toDocument(entry.changes),
      address_mark: entry.address?.mark ?? null,
      address: mapNullable(entry.address, ({ mark, known }) =>
        mapNullable(known, (value) => addresses.seal(value, mark)),
      ),
    }),
    toLine: (row: Selectable<AuditLineTable>): AuditLine => ({
      position: row.position,
      at: new Date(row.at),
      actor: word(row.actor),
      action: row.action,
      requestId: wordOrNull(row.request_id),
      clientId: wordOrNull(row.client_id),
      userId: wordOrNull(row.user_id),
      consentId: wordOrNull(row.consent_id),
      changes: parseDocument<readonly AuditedChange[]>(row.changes),
      address: mapNullable(row.address_mark, (mark) => new ReadAddress(mark, row.address, addresses)),
    }),
  }
}

export const AUDIT_BLOCK_COLUMNS = columnsOf<AuditBlockTable>({
  number: true,
  at: true,
  lines: true,
  digest: true,
  hash: true,
  seal: true,
  key_id: true,
})

export const toAuditBlockRow = (block: AuditBlock): AuditBlockTable => ({
  number: block.number,
  at: block.at.getTime(),
  lines: block.lines,
  digest: block.digest,
  hash: block.hash,
  seal: block.seal,
  key_id: block.keyId,
})

export const toAuditBlock = (row: AuditBlockTable): AuditBlock => ({
  number: row.number,
  at: new Date(row.at),
  lines: row.lines,
  digest: row.digest,
  hash: row.hash,
  seal: row.seal,
  keyId: row.key_id,
})
