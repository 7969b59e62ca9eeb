import { GatewayError } from '../domain/errors.ts'
import type { Sealer } from '../domain/sealing.ts'
import type { Engine, ReadEngine } from './engine.ts'
import { type EventCursors, positionIn } from './event-cursor.ts'
import { toStatement } from './repositories/read.ts'
import { forgetKeys, noteKeys, readKeyNotes, wrongKeysOf } from './key-notes.ts'
import { createStoreKeys } from './rewrap.ts'
import { toBinding } from './sealed-columns.ts'
import { one } from './writes/write-table.ts'

export const KEY_CHECK = 'key-check'
const KEY_CHECK_TEXT = 'sealed'

const OTHER_KEYS =
  'The encryption keys are not the ones this database was sealed with. Restore CONSENTGRAPH_ENCRYPTION_KEYS, or encryption.key in the data directory.'

export const describeWrongKey = (id: string): string =>
  `Key "${id}" of CONSENTGRAPH_ENCRYPTION_KEYS is not the one of this id that sealed in this database. Restore it.`

export const readEpoch = async (engine: ReadEngine): Promise<string> => {
  const epoch = await readMeta(engine, 'epoch')
  if (epoch === null) throw new GatewayError('INTERNAL', { cause: new Error('The database has no epoch.') })
  return epoch
}

/**
 * Finds a lost key at start, not at the first person's consent.
 *
 * @throws GatewayError INTERNAL
 */
export const checkKeys = async (engine: ReadEngine, sealer: Sealer): Promise<void> => {
  const sealed = await readMeta(engine, KEY_CHECK)
  if (sealed === null) return
  try {
    sealer.open(sealed, toBinding('meta', KEY_CHECK, 'value'))
  } catch (cause) {
    throw new GatewayError('INTERNAL', {
      message: OTHER_KEYS,
      retryable: false,
      cause,
    })
  }
}

/**
 * As `checkKeys`, for every key that may be needed; then seals the check with the current key, which is noted before it
 * seals anything.
 */
export const requireKeys = async (engine: Engine, sealer: Sealer): Promise<void> => {
  await checkKeys(engine, sealer)
  await requireNotedKeys(engine, sealer)
  // A database of before the notes may hold values of any of the keys.
  const isNoted = (await readMeta(engine, KEY_CHECK)) === null || (await readKeyNotes(engine)).size > 0
  await noteKeys(engine, sealer, isNoted ? [sealer.current] : sealer.ids)
  const value = sealer.seal(KEY_CHECK_TEXT, toBinding('meta', KEY_CHECK, 'value'))
  const put = engine.sql
    .insertInto('meta')
    .values({ name: KEY_CHECK, value })
    .onConflict((taken) => taken.column('name').doUpdateSet({ value }))
  await engine.batch([one(toStatement(put))])
}

/** @throws GatewayError INTERNAL where something is still sealed with a key that was taken out, or was given other bytes */
const requireNotedKeys = async (engine: Engine, sealer: Sealer): Promise<void> => {
  const notes = await readKeyNotes(engine)
  const [wrong] = wrongKeysOf(notes, sealer)
  if (wrong !== undefined) throw new GatewayError('INTERNAL', { message: describeWrongKey(wrong), retryable: false })
  const noted = [...notes.keys()]
  if (noted.every((id) => sealer.ids.includes(id))) return
  // A note may be older than the last value of its key: only now is it worth reading all of them.
  const { usage } = createStoreKeys(engine, sealer)
  const missing = (await usage()).filter(({ state }) => state === 'MISSING')
  if (missing.length === 0)
    return await forgetKeys(
      engine,
      noted.filter((id) => !sealer.ids.includes(id)),
    )
  const named = missing.map(({ keyId, rows }) => `key "${keyId}" (${rows})`).join(', ')
  throw new GatewayError('INTERNAL', {
    message: `Secrets in this database are still sealed with ${named}, which CONSENTGRAPH_ENCRYPTION_KEYS does not have. Put it back behind the others, and run \`consentgraph keys rewrap\` before you remove it.`,
    retryable: false,
  })
}

/**
 * Where the log was given another name, as after a restore, its numbers still say the same of what is stored: webhook
 * endpoints go on where they were.
 */
export const renameCursors = async (engine: Engine, cursors: EventCursors): Promise<void> => {
  const { sql, eventOrder } = engine
  const endpoints = await engine.query(toStatement(sql.selectFrom('webhook_endpoints').select(['id', 'cursor'])))
  for (const [id, cursor] of endpoints) {
    const position = positionIn(String(cursor), eventOrder.columns.length)
    if (position === null || cursors.isOwn(String(cursor))) continue
    const rename = sql
      .updateTable('webhook_endpoints')
      .set({ cursor: cursors.write(position) })
      .where('id', '=', String(id))
      .where('cursor', '=', String(cursor))
    await engine.batch([{ ...toStatement(rename), affects: null }])
  }
}

export const readMeta = async (engine: ReadEngine, name: string): Promise<string | null> => {
  const statement = toStatement(engine.sql.selectFrom('meta').select('value').where('name', '=', name))
  const value = (await engine.query(statement))[0]?.[0]
  return typeof value === 'string' ? value : null
}
