import { type RawBuilder, sql } from 'kysely'
import type { ApiClient } from '../../domain/api-client.ts'
import type { Sealer } from '../../domain/sealing.ts'
import type { StatementKeyEndorsement, UsedStatementKey } from '../../domain/statement-key.ts'
import type { ReadEngine, SqlRow, SqlValue } from '../engine.ts'
import { KEY_CHECK, readMeta } from '../identity.ts'
import { opens, readKeyNotes, wrongKeysOf } from '../key-notes.ts'
import { MIGRATION_NAMES } from '../migrations/names.ts'
import { MOVED_MARK } from '../moved.ts'
import { readRows, toStatement } from '../repositories/read.ts'
import { createStatementKeyReads } from '../repositories/statement-keys.ts'
import { CLIENT_COLUMNS, toClient } from '../rows/client-rows.ts'
import type { ClientTable } from '../schema.ts'
import { SEALED_COLUMNS, toBinding } from '../sealed-columns.ts'

/** Of the keys that a store was sealed with, by their ids. */
export interface KeyReading {
  /** Still needed, and not among those that were given. */
  readonly missing: readonly string[]
  /** Given with other bytes than those that sealed. */
  readonly wrong: readonly string[]
  /** Sealed something before keys left a proof behind: whether it is the same key is not known. */
  readonly unproven: readonly string[]
}

export interface StoreReading {
  /** Migrations of this version that are not done; all of them in an empty database. */
  readonly pending: readonly string[]
  /** Migrations that this version does not know. */
  readonly unknown: readonly string[]
  readonly isEmpty: boolean
  /** Where the data went, when this is what was left behind. */
  readonly movedTo: string | null
  /** Null where there was nothing to open with. */
  readonly keys: KeyReading | null
  /** Null where the tables are not those of this version. */
  readonly contents: StoreContents | null
}

export interface StoreContents {
  /** At most `MAX_CLIENTS`. */
  readonly clients: readonly ApiClient[]
  /** Endpoints that are switched off, with events that wait for them or not. */
  readonly disabledEndpoints: readonly { readonly id: string; readonly clientId: string }[]
  /** The instant of the newest event; null before the first. */
  readonly newestEventAt: Date | null
  /** Of every key that ever signed a receipt. */
  readonly usedStatementKeys: readonly UsedStatementKey[]
  readonly statementEndorsements: readonly StatementKeyEndorsement[]
}

/** More than an operator reads through; what is checked of the first ones is as true of the others. */
const MAX_CLIENTS = 1_000
const MAX_ENDPOINTS = 100

const run = (engine: ReadEngine, query: RawBuilder<unknown>): Promise<readonly SqlRow[]> => {
  const { sql: text, parameters } = query.compile(engine.sql)
  return engine.query({ sql: text, parameters: parameters as readonly SqlValue[] })
}

/** Ends at the first value; where there is none, it has looked at all of them. */
const sealedSomething = async (engine: ReadEngine, sealer: Sealer, keyId: string): Promise<boolean> => {
  const head = sealer.headOf(keyId)
  for (const { table, column } of SEALED_COLUMNS) {
    const found = await run(
      engine,
      sql`select 1 from ${sql.table(table)} where substr(${sql.ref(column)}, 1, ${sql.lit(head.length)}) = ${head} limit 1`,
    )
    if (found.length > 0) return true
  }
  return false
}

const readKeys = async (engine: ReadEngine, sealer: Sealer): Promise<KeyReading> => {
  const notes = await readKeyNotes(engine)
  const check = await readMeta(engine, KEY_CHECK)
  const checkedBy = check?.split('.')[1] ?? null
  const wrong = new Set(wrongKeysOf(notes, sealer))
  if (checkedBy !== null && check !== null && sealer.ids.includes(checkedBy)) {
    if (!opens(sealer, check, toBinding('meta', KEY_CHECK, 'value'))) wrong.add(checkedBy)
  }
  const needed = new Set([...notes.keys(), ...(checkedBy === null ? [] : [checkedBy])])
  const missing: string[] = []
  for (const id of needed) {
    if (sealer.ids.includes(id)) continue
    // A start opens the check, and a note may be older than the last value of its key.
    if (id === checkedBy || (await sealedSomething(engine, sealer, id))) missing.push(id)
  }
  const unproven = [...notes].flatMap(([id, proof]) => (proof === '' && id !== checkedBy ? [id] : []))
  return { missing, wrong: [...wrong], unproven: unproven.filter((id) => sealer.ids.includes(id)) }
}

const readContents = async (engine: ReadEngine): Promise<StoreContents> => {
  const clients = engine.sql.selectFrom('clients').select(CLIENT_COLUMNS).orderBy('created_at').limit(MAX_CLIENTS)
  const endpoints = engine.sql
    .selectFrom('webhook_endpoints')
    .select(['id', 'client_id'])
    .where('enabled', '=', 0)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .limit(MAX_ENDPOINTS)
  const newest = engine.sql.selectFrom('events').select('at').orderBy('seq', 'desc').limit(1)
  const [[at] = []] = await engine.query(toStatement(newest))
  const statementKeys = createStatementKeyReads(engine)
  return {
    clients: (await readRows<ClientTable>(engine, CLIENT_COLUMNS, toStatement(clients))).map(toClient),
    disabledEndpoints: (await engine.query(toStatement(endpoints))).map(([id, clientId]) => ({
      id: String(id),
      clientId: String(clientId),
    })),
    newestEventAt: at == null ? null : new Date(Number(at)),
    usedStatementKeys: await statementKeys.used(),
    statementEndorsements: await statementKeys.endorsements(),
  }
}

/**
 * What a store says of itself: a few rows, whatever it holds, unless a key is missing. Changes nothing.
 *
 * @param hasTables false for a database in which no gateway ever ran
 * @param sealer null where there is no key to open anything with
 */
export const readStore = async (
  engine: ReadEngine,
  hasTables: boolean,
  sealer: Sealer | null,
): Promise<StoreReading> => {
  const known: readonly string[] = MIGRATION_NAMES
  const rows = hasTables ? await run(engine, sql`select name from kysely_migration order by name`) : []
  const done = new Set(rows.map(([name]) => String(name)))
  const pending = known.filter((name) => !done.has(name))
  const unknown = [...done].filter((name) => !known.includes(name))
  const isEmpty = done.size === 0
  return {
    pending,
    unknown,
    isEmpty,
    movedTo: isEmpty ? null : await readMeta(engine, MOVED_MARK),
    keys: isEmpty || sealer === null ? null : await readKeys(engine, sealer),
    contents: pending.length > 0 || unknown.length > 0 ? null : await readContents(engine),
  }
}
