import type { Sealer } from '../../domain/sealing.ts'
import type { Store } from '../../domain/store.ts'
import type { Engine } from '../engine.ts'
import { checkFirst, olderThan, toPage } from '../paging.ts'
import { createSessionRows, SESSION_COLUMNS } from '../rows/session-row.ts'
import type { AuthSessionTable } from '../schema.ts'
import { ownerOf, sightOf, visible } from '../scope.ts'
import { createKeyRead, matchByKey, readNumber, readRows, toStatement } from './read.ts'

export const createSessionReads = (engine: Engine, sealer: Sealer): Store['sessions'] => {
  const { toSession } = createSessionRows(sealer)
  const all = () => engine.sql.selectFrom('auth_sessions')

  const readById = createKeyRead<AuthSessionTable>(engine, SESSION_COLUMNS, (ids, owner, sight) =>
    all()
      .select(SESSION_COLUMNS)
      .where('id', 'in', ids)
      .where(visible(sight, owner, 'auth_sessions')),
  )
  const readByStateHash = createKeyRead<AuthSessionTable>(engine, SESSION_COLUMNS, (hashes) =>
    all().select(SESSION_COLUMNS).where('state_hash', 'in', hashes),
  )

  return {
    byIds: async (scope, ids) => matchByKey(ids, await readById(scope, ids, {}), (row) => row.id, toSession),
    pageOfUser: async (scope, userId, { first, after }) => {
      const rows = await readRows<AuthSessionTable>(
        engine,
        SESSION_COLUMNS,
        toStatement(
          all()
            .select(SESSION_COLUMNS)
            .where('user_id', '=', userId)
            .where(visible(sightOf(scope), ownerOf(scope), 'auth_sessions'))
            .where(olderThan(after))
            .orderBy('created_at', 'desc')
            .orderBy('id', 'desc')
            .limit(checkFirst(first) + 1),
        ),
      )
      return toPage(rows.map(toSession), first)
    },
    countOfUser: (scope, userId) =>
      readNumber(
        engine,
        toStatement(
          all()
            .select(({ fn }) => fn.countAll().as('rows'))
            .where('user_id', '=', userId)
            .where(visible(sightOf(scope), ownerOf(scope), 'auth_sessions')),
        ),
      ),
    byStateHash: async (hash) =>
      matchByKey([hash], await readByStateHash('SYSTEM', [hash], {}), (row) => row.state_hash, toSession)[0] ?? null,
  }
}
