import { GatewayError } from '../../domain/errors.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { PostgresAddress } from '../postgres/connection.ts'
import { createDigest, sameDigest, type TableDigest } from './digest.ts'
import { type CopySource, openCopySource, type SourceTable } from './source.ts'
import { type CopyTarget, openCopyTarget } from './target.ts'

export interface StoreCopyOptions {
  /** Of the embedded store, whose gateway must be stopped. */
  readonly directory: string
  /** With the keys of the embedded store: what is sealed is copied as it is. Asked for once the store is found. */
  readonly openSealer: () => Promise<Sealer>
  /** An empty database. */
  readonly to: PostgresAddress
}

export interface CopiedTable extends TableDigest {
  readonly table: string
}

export interface StoreCopy {
  /** VERIFIED: an earlier copy was found there, and holds the same. */
  readonly outcome: 'COPIED' | 'VERIFIED'
  /** Without user and password. */
  readonly address: string
  readonly tables: readonly CopiedTable[]
}

/**
 * Moves everything from an embedded store into PostgreSQL, reads it back, and compares before it commits: all of it or
 * nothing. Cursors go on: clients and webhook endpoints miss no event. Afterwards the embedded store refuses to open for a
 * gateway. May be run again after a kill at any moment.
 *
 * @throws GatewayError STORE_UNAVAILABLE, INTERNAL; the message says what to do
 */
export const copyEmbeddedToPostgres = async ({ directory, openSealer, to }: StoreCopyOptions): Promise<StoreCopy> => {
  const source = await openCopySource(directory, openSealer)
  try {
    const target = await openCopyTarget(to)
    try {
      return await copy(source, target)
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

const copy = async (source: CopySource, target: CopyTarget): Promise<StoreCopy> => {
  const { address } = target
  const filled = await target.filled(source.tables)
  if (filled.length === 0) {
    const tables = await moveTables(source, target)
    // Before the commit: if this process dies between the two, no gateway writes to both, and another run copies again.
    await source.leave(new Date().toISOString())
    await target.commit()
    return { outcome: 'COPIED', address, tables }
  }
  if ((await target.epoch()) === source.epoch) {
    return { outcome: 'VERIFIED', address, tables: await verifyTables(source, target) }
  }
  throw new GatewayError('STORE_UNAVAILABLE', {
    message: `${address} is not empty: ${filled.join(', ')}. Make a database for it; nothing was copied.`,
    retryable: false,
  })
}

const moveTables = async (source: CopySource, target: CopyTarget): Promise<readonly CopiedTable[]> => {
  const copied: CopiedTable[] = []
  for (const table of source.tables) {
    const digest = createDigest()
    for await (const rows of source.rows(table)) {
      digest.add(rows)
      await target.insert(table, rows)
    }
    await target.advance(table)
    copied.push({ table: table.name, ...digest.read() })
  }
  for (const table of source.tables) await requireSame(target, table, copied, 'Nothing was copied.')
  return copied
}

const verifyTables = async (source: CopySource, target: CopyTarget): Promise<readonly CopiedTable[]> => {
  const found: CopiedTable[] = []
  for (const table of source.tables) {
    const digest = createDigest()
    for await (const rows of source.rows(table)) digest.add(rows)
    found.push({ table: table.name, ...digest.read() })
  }
  for (const table of source.tables) {
    await requireSame(target, table, found, 'It was copied before, and has changed since: gateways may use it.')
  }
  return found
}

const requireSame = async (
  target: CopyTarget,
  table: SourceTable,
  expected: readonly CopiedTable[],
  consequence: string,
): Promise<void> => {
  const digest = createDigest()
  for await (const rows of target.rows(table)) digest.add(rows)
  const there = digest.read()
  const here = expected.find(({ table: name }) => name === table.name)
  if (here !== undefined && sameDigest(here, there)) return
  throw new GatewayError('STORE_UNAVAILABLE', {
    message: `${target.address} does not hold the same ${table.name}: ${here?.rows ?? 0} rows here, ${there.rows} there. ${consequence}`,
    retryable: false,
  })
}
