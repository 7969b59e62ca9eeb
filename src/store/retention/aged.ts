import { type CompiledQuery, sql } from 'kysely'
import { AUTH_SESSION_STATUSES, isFinalSession } from '../../domain/auth-session.ts'
import type { Remove, Retention } from '../../domain/retention.ts'
import type { Engine } from '../engine.ts'
import { toStatement } from '../repositories/read.ts'

const ENDED = AUTH_SESSION_STATUSES.filter(isFinalSession)
const IDEMPOTENCY_KEY = ['client_id', 'user_id', 'operation', 'key'] as const

/** Rows that are found by their age alone. */
export const createAgedRetention = (
  engine: Engine,
): Pick<Retention, 'idempotency' | 'webhookDeliveries' | 'webhookEndpoints' | 'sessionStates'> => {
  const { sql: db } = engine

  /** @param build returns a value for each row it changed */
  const inParts =
    (build: (before: number, most: number) => { compile(): CompiledQuery }): Remove =>
    async (before, most) => {
      const { rows } = await engine.batch([{ ...toStatement(build(before.getTime(), most)), affects: null }])
      return { removed: rows.length, more: rows.length === most }
    }

  return {
    idempotency: inParts((before, most) =>
      db
        .deleteFrom('idempotency')
        .where(({ eb, refTuple, selectFrom }) =>
          eb(
            refTuple(...IDEMPOTENCY_KEY),
            'in',
            selectFrom('idempotency')
              .select(IDEMPOTENCY_KEY)
              .where('created_at', '<', before)
              .orderBy('created_at')
              .limit(most)
              .$asTuple(...IDEMPOTENCY_KEY),
          ),
        )
        .returning('created_at'),
    ),

    webhookDeliveries: inParts((before, most) =>
      db
        .deleteFrom('webhook_deliveries')
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('webhook_deliveries')
            .select('id')
            .where('created_at', '<', before)
            .orderBy('created_at')
            .limit(most),
        )
        .returning('id'),
    ),

    webhookEndpoints: inParts((before, most) =>
      db
        .deleteFrom('webhook_endpoints')
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('webhook_endpoints as gone')
            .select('gone.id')
            .where('gone.deleted_at', 'is not', null)
            .where('gone.deleted_at', '<', before)
            .where(sql<boolean>`not exists (select 1 from webhook_deliveries where endpoint_id = gone.id)`)
            .where(sql<boolean>`not exists (select 1 from webhook_messages where endpoint_id = gone.id)`)
            .orderBy('gone.deleted_at')
            .limit(most),
        )
        .returning('id'),
    ),

    sessionStates: inParts((before, most) =>
      db
        .updateTable('auth_sessions')
        .set({ state: '' })
        .where('id', 'in', ({ selectFrom }) =>
          selectFrom('auth_sessions')
            .select('id')
            // In the index's own words, without which it is not taken.
            .where(sql<boolean>`state <> ''`)
            .where('status', 'in', ENDED)
            .where('updated_at', '<', before)
            .where('expires_at', '<', before)
            .orderBy('updated_at')
            .limit(most),
        )
        .returning('id'),
    ),
  }
}
