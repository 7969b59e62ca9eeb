import { InvalidArgumentError } from 'commander'
import type { KeyUsage } from '../domain/sealing.ts'
import { REWRAP_BATCH_ROWS, rewrapAll } from '../services/key-rotation.ts'
import type { AddCommand } from './context.ts'
import { toTable } from './table.ts'

const describeState = ({ state, rows }: KeyUsage): string => {
  if (state === 'CURRENT') return 'seals'
  if (state === 'MISSING') return 'not configured: what it sealed cannot be opened'
  return rows === 0
    ? 'not needed any more: remove it once no process has it first'
    : 'still needed: run `consentgraph keys rewrap`'
}

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
      context.withFoundation(async ({ store }) => {
        const usage = await store.keys.usage()
        const rows = usage.map((key) => [key.keyId, String(key.rows), describeState(key)])
        context.answer(toTable(['KEY', 'SEALED', ''], rows), { keys: usage })
        if (usage.some(({ state }) => state === 'MISSING')) context.fail()
      }),
    )

  keys
    .command('rewrap')
    .description('gives what older keys sealed to the first one, while gateways run; can be stopped and run again')
    .option('--batch <rows>', 'values in one commit, 1 to 1000', parseBatch, REWRAP_BATCH_ROWS)
    .action(({ batch }: { readonly batch: number }) =>
      context.withFoundation(async ({ store }) => {
        const { moved, unreadable, left } = await rewrapAll(store.keys, { batchRows: batch })
        const unopened = unreadable === 0 ? '' : ` ${unreadable} could not be opened by any key and were left.`
        context.answer(`${moved} moved to the first key, ${left} left on others.${unopened}`, {
          moved,
          left,
          unreadable,
        })
        if (left > 0 || unreadable > 0) context.fail()
      }),
    )
}
