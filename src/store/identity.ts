import { GatewayError } from '../domain/errors.ts'
import type { Sealer } from '../domain/store.ts'
import type { Engine } from './engine.ts'
import { toStatement } from './repositories/read.ts'

export const KEY_CHECK = 'key-check'
const KEY_CHECK_TEXT = 'sealed'

export const readEpoch = async (engine: Engine): Promise<string> => {
  const epoch = await readMeta(engine, 'epoch')
  if (epoch === null) throw new GatewayError('INTERNAL', { cause: new Error('The database has no epoch.') })
  return epoch
}

/**
 * Finds a lost key at start, not at the first person's consent.
 *
 * @throws GatewayError INTERNAL
 */
export const checkKeys = async (engine: Engine, sealer: Sealer): Promise<void> => {
  const sealed = await readMeta(engine, KEY_CHECK)
  if (sealed === null) return
  try {
    sealer.open(sealed, `meta/${KEY_CHECK}/value`)
  } catch (cause) {
    throw new GatewayError('INTERNAL', {
      message:
        'The encryption keys are not the ones this database was sealed with. Restore CONSENTGRAPH_ENCRYPTION_KEYS, or encryption.key in the data directory.',
      retryable: false,
      cause,
    })
  }
}

/** As `checkKeys`; then seals the check with the current key, so that old keys may go. */
export const requireKeys = async (engine: Engine, sealer: Sealer): Promise<void> => {
  await checkKeys(engine, sealer)
  const value = sealer.seal(KEY_CHECK_TEXT, `meta/${KEY_CHECK}/value`)
  const put = engine.sql
    .insertInto('meta')
    .values({ name: KEY_CHECK, value })
    .onConflict((taken) => taken.column('name').doUpdateSet({ value }))
  await engine.batch([{ ...toStatement(put), affects: 1 }])
}

export const readMeta = async (engine: Engine, name: string): Promise<string | null> => {
  const statement = toStatement(engine.sql.selectFrom('meta').select('value').where('name', '=', name))
  const value = (await engine.query(statement))[0]?.[0]
  return typeof value === 'string' ? value : null
}
