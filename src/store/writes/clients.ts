import type { ClientWrite } from '../../domain/api-client.ts'
import type { Engine } from '../engine.ts'
import { prepare } from '../prepared.ts'
import { CLIENT_COLUMNS, FORMER_KEY_COLUMNS, toClientRow, toFormerKeyRow } from '../rows/client-rows.ts'
import { pick } from '../rows/row.ts'
import type { ClientTable, FormerKeyTable } from '../schema.ts'
import { any, one, type WriteTable } from './write-table.ts'

const CHANGES = CLIENT_COLUMNS.filter((column) => column !== 'id' && column !== 'created_at')

export const createClientWrites = ({ sql }: Engine): WriteTable<ClientWrite['kind']> => {
  const put = prepare((row: ClientTable) =>
    sql
      .insertInto('clients')
      .values(pick(row, CLIENT_COLUMNS))
      .onConflict((taken) => taken.column('id').doUpdateSet(pick(row, CHANGES))),
  )
  const update = prepare((row: ClientTable & { readonly previous: number }) =>
    sql.updateTable('clients').set(pick(row, CHANGES)).where('id', '=', row.id).where('version', '=', row.previous),
  )
  const insertFormerKey = prepare((row: FormerKeyTable) =>
    sql.insertInto('former_keys').values(pick(row, FORMER_KEY_COLUMNS)),
  )
  const dropFormerKeys = prepare((row: Pick<FormerKeyTable, 'client_id' | 'ends_at'>) =>
    sql.deleteFrom('former_keys').where('client_id', '=', row.client_id).where('ends_at', '<', row.ends_at),
  )

  return {
    'client.put': ({ client }) => [one(put(toClientRow(client)))],
    'client.update': ({ client }) => [one(update({ ...toClientRow(client), previous: client.version - 1 }))],
    'formerKey.insert': ({ key }) => [one(insertFormerKey(toFormerKeyRow(key)))],
    'formerKeys.drop': ({ clientId, before }) => [
      any(dropFormerKeys({ client_id: clientId, ends_at: before?.getTime() ?? Number.MAX_SAFE_INTEGER })),
    ],
  }
}
