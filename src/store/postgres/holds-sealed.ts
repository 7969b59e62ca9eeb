import { Client } from 'pg'
import { GatewayError } from '../../domain/errors.ts'
import { KEY_CHECK } from '../identity.ts'
import { describeAddress, type PostgresAddress, toPatientClientConfig } from './connection.ts'
import { reasonOf } from './fault.ts'

/**
 * Has a gateway sealed anything in this database? Changes nothing, and needs no key.
 *
 * @throws GatewayError STORE_UNAVAILABLE where the server cannot be asked
 */
export const holdsSealedPostgres = async (address: PostgresAddress): Promise<boolean> => {
  const client = new Client(toPatientClientConfig(address))
  // A connection that breaks rejects the query, too.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows: tables } = await client.query<{ found: boolean }>(`select to_regclass('meta') is not null as found`)
    if (tables[0]?.found !== true) return false
    return (await client.query('select 1 from meta where name = $1', [KEY_CHECK])).rows.length > 0
  } catch (error) {
    throw new GatewayError('STORE_UNAVAILABLE', {
      message: `PostgreSQL at ${describeAddress(address.url)} cannot be used: ${reasonOf(error)}`,
      cause: error,
    })
  } finally {
    await client.end().catch(() => {
      // It was never open, or has broken: the error that counts is thrown above.
    })
  }
}
