import { describe, expect, test } from 'vitest'
import type { Sealer } from '../../src/domain/sealing.ts'
import { createSealer, type KeyRing } from '../../src/store/sealing.ts'
import { institution } from '../e2e/four-ways.ts'
import { startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'

/** A row of sessions as it lies in the database. */
export interface RawSession {
  readonly id: string
  readonly state: string
}

export interface Database extends AsyncDisposable {
  readonly env: Readonly<Record<string, string>>
  /** Once the gateway has stopped. */
  rows(dataDir: string): Promise<readonly RawSession[]>
  keys(dataDir: string): Promise<KeyRing>
}

const openState = (sealer: Sealer, { id, state }: RawSession): string => sealer.open(state, `auth_sessions/${id}/state`)

export const describeEndedSessions = (name: string, open: () => Promise<Database>): void => {
  describe(`the rows of authorizations, in ${name}`, () => {
    test(
      'hold the address of the person while a new code can be sent, and no longer',
      { timeout: 60_000 },
      async () => {
        await using database = await open()
        await using gateway = await startGateway({ env: database.env })
        const client = operationsOf(gateway)
        const ends = {
          completed: await client.authorize(),
          cancelled: await client.begin(),
          revoked: await client.begin(),
          wrong: await client.begin(),
        }
        const waiting = await client.begin()
        const linked = await client.start({
          target: { institutionId: institution('ENABLE_BANKING', 'FI:Sandbox Redirect') },
          returnTo: { success: `${gateway.url}/sandbox/return` },
        })
        await client.cancel(linked.authSession!.id)
        await client.cancel(ends.cancelled.session.id)
        await client.revoke(ends.revoked.consent.id)
        await client.answer(ends.wrong, '999')
        await gateway.stop('SIGTERM')

        const sealer = createSealer(await database.keys(gateway.dataDir))
        const rows = new Map((await database.rows(gateway.dataDir)).map((row) => [row.id, row]))
        expect(openState(sealer, rows.get(waiting.session.id)!)).toContain(waiting.phone)
        const late = openState(sealer, rows.get(linked.authSession!.id)!)
        // A code may still come, and is exchanged to be taken back; the link is nobody's any more.
        expect(late).toContain('FI:Sandbox Redirect')
        expect(late).not.toContain('http')
        for (const { session } of Object.values(ends)) expect(openState(sealer, rows.get(session.id)!)).toBe('{}')
      },
    )
  })
}
