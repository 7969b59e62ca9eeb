import { describe, expect, test } from 'vitest'
import type { AuditBlock, AuditEntry } from '../../../src/domain/audit.ts'
import type { Write } from '../../../src/domain/store.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { at, newAuditEntry, newErasure, put, settle } from '../entities.ts'

const append = (entry: AuditEntry): Write => ({ kind: 'audit.append', entry })

const newBlock = (number: number, lines: number): AuditBlock => ({
  number,
  at: at(),
  lines,
  digest: 'digest',
  hash: `hash ${number}`,
  seal: 'seal',
  keyId: 'test',
})

const close = (number: number, positions: readonly number[]): Write => ({
  kind: 'audit.close',
  block: newBlock(number, positions.length),
  positions,
})

export const describeAudit = (opened: OpenedStore): void => {
  describe('the audit trail', () => {
    test('keeps lines as they were written, in blocks that are numbered once', async () => {
      const store = opened()
      const entries = [
        newAuditEntry(),
        newAuditEntry({ address: { mark: 'mark 1', known: { ip: '192.0.2.1', salt: 'salt' } } }),
      ]
      await put(store, ...entries.map(append))
      const open = await store.audit.open(10)
      expect(open.map(({ position: _, ...entry }) => entry)).toEqual(entries)
      const positions = open.map(({ position }) => position)
      expect(positions).toEqual([...positions].toSorted((a, b) => a - b))

      const number = ((await store.audit.lastBlock())?.number ?? 0) + 1
      await put(store, close(number, positions))
      expect(await store.audit.open(10)).toEqual([])
      expect(await store.audit.linesOf(number)).toEqual(open)
      expect(await store.audit.lastBlock()).toEqual(newBlock(number, 2))
      expect(await store.audit.blocks(number - 1, 10)).toEqual([newBlock(number, 2)])

      await put(store, append(newAuditEntry()))
      const [next] = await store.audit.open(10)
      expect(await store.commit([close(number, [next!.position])])).toEqual({
        committed: false,
        conflict: 'audit.close',
      })
      expect(await store.commit([close(number + 1, [positions[0]!, next!.position])])).toEqual({
        committed: false,
        conflict: 'audit.close',
      })
      expect(await store.audit.open(10)).toEqual([next])
      await put(store, close(number + 1, [next!.position]))
    })

    test.each([
      ['erased', { kind: 'user.erase', at: at(1) }],
      ['half erased', { kind: 'user.forget', keepLinks: ['FISKIL'] }],
    ] as const)('forgets with a user who is %s where it was asked from, and keeps the rest', async (_, forget) => {
      const store = opened()
      const { user, client } = await settle(store)
      const other = await settle(store)
      const entryOf = (of: typeof user, mark: string) =>
        newAuditEntry({
          clientId: of.clientId,
          userId: of.id,
          address: { mark, known: { ip: '192.0.2.1', salt: 'salt' } },
        })
      await put(store, append(entryOf(user, 'mark 2')), append(entryOf(other.user, 'mark 3')))
      const before = await store.audit.open(10)
      await put(store, { ...forget, clientId: client.id, userId: user.id, erasure: newErasure() })
      expect(await store.audit.open(10)).toEqual([
        { ...before[0], address: { mark: 'mark 2', known: null } },
        before[1],
      ])
      const number = ((await store.audit.lastBlock())?.number ?? 0) + 1
      await put(
        store,
        close(
          number,
          before.map(({ position }) => position),
        ),
      )
    })
  })
}
