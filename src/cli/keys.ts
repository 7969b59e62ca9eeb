import { InvalidArgumentError } from 'commander'
import type { KeyUsage } from '../domain/sealing.ts'
import { systemClock } from '../domain/clock.ts'
import type { Foundation } from '../foundation.ts'
import { causedBy } from '../services/audit/cause.ts'
import { createAuditedStore } from '../services/audit/trail.ts'
import { REWRAP_BATCH_ROWS, rewrapAll } from '../services/key-rotation.ts'
import { createStatementKeys, type StatementKeys } from '../services/statement-keys.ts'
import type { StatementKeyStatus } from '../services/statement-trust.ts'
import type { AddCommand } from './context.ts'
import { toTable } from './table.ts'

const describeState = ({ state, rows }: KeyUsage): string => {
  if (state === 'CURRENT') return 'seals'
  if (state === 'MISSING') return 'not configured: what it sealed cannot be opened'
  return rows === 0
    ? 'not needed any more: remove it once no process has it first'
    : 'still needed: run `consentgraph keys rewrap`'
}

const RECEIPTS = {
  SIGNS: 'signs receipts',
  UNUSED: 'has signed no receipt',
  ENDORSED: 'kept: its receipts verify once it is removed',
  UNENDORSED: 'nobody vouches for it yet: run `consentgraph keys rewrap` with it behind the first key',
  RETIRED: 'removed: its receipts verify',
  REVOKED: 'revoked: its receipts prove nothing',
} as const satisfies Record<StatementKeyStatus['state'], string>

/** A tool makes no consents live: their clock is that of the machine. */
const statementKeysOf = ({ store, keys }: Foundation): StatementKeys =>
  createStatementKeys(createAuditedStore(store), keys, { clock: systemClock, report: () => undefined })

const parseBatch = (text: string): number => {
  const rows = Number(text)
  if (!/^\d{1,4}$/.test(text) || rows < 1 || rows > 1000) throw new InvalidArgumentError('It must be 1 to 1000.')
  return rows
}

/** What an operator does between the second step of a change of keys and the removal of the old one. */
export const addKeys: AddCommand = (program, context) => {
  const keys = program.command('keys').description('the encryption keys: what each sealed, and how to change them')

  keys
    .command('status')
    .description('counts what each key sealed, and says which can be removed')
    .action(() =>
      context.withFoundation(async (foundation) => {
        const usage = await foundation.store.keys.usage()
        const receipts = await statementKeysOf(foundation).status()
        const rows = usage.map((key) => [key.keyId, String(key.rows), describeState(key)])
        const signers = receipts.map(({ keyId, usedUntil, state }) => [
          keyId,
          usedUntil?.toISOString() ?? '',
          RECEIPTS[state],
        ])
        context.answer(`${toTable(['KEY', 'SEALED', ''], rows)}\n\n${toTable(['KEY', 'SIGNED UNTIL', ''], signers)}`, {
          keys: usage,
          statementKeys: receipts,
        })
        if (usage.some(({ state }) => state === 'MISSING')) context.fail()
      }),
    )

  keys
    .command('rewrap')
    .description('gives what older keys sealed to the first one, while gateways run; can be stopped and run again')
    .option('--batch <rows>', 'values in one commit, 1 to 1000', parseBatch, REWRAP_BATCH_ROWS)
    .action(({ batch }: { readonly batch: number }) =>
      context.withFoundation(async (foundation) => {
        await statementKeysOf(foundation).endorseAll()
        const { moved, unreadable, left } = await rewrapAll(foundation.store.keys, { batchRows: batch })
        const unopened = unreadable === 0 ? '' : ` ${unreadable} could not be opened by any key and were left.`
        context.answer(`${moved} moved to the first key, ${left} left on others.${unopened}`, {
          moved,
          left,
          unreadable,
        })
        if (left > 0 || unreadable > 0) context.fail()
      }),
    )

  keys
    .command('revoke')
    .description('takes trust in a key that somebody else may have had: what it signed proves nothing any more')
    .argument('<id>', 'of a key that is not first; `keys status` names them')
    .action((id: string) =>
      context.withFoundation(async (foundation) => {
        await causedBy({ actor: 'OPERATOR', action: 'keys revoke' }, () => statementKeysOf(foundation).revoke(id))
        context.answer(`Key "${id}" is published as revoked.`, { keyId: id, state: 'REVOKED' })
      }),
    )
}
