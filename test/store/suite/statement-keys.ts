import { describe, expect, test } from 'vitest'
import type { StatementKeyEndorsement, UsedStatementKey } from '../../../src/domain/statement-key.ts'
import type { OpenedStore } from '../../contract/store-suite.ts'
import { put } from '../entities.ts'

const until = (ms: number): Date => new Date(1_800_000_000_000 + ms)

export const describeStatementKeys = (opened: OpenedStore): void => {
  describe('statement keys', () => {
    const useOf = async (id: string): Promise<readonly UsedStatementKey[]> =>
      (await opened().statementKeys.used()).filter((key) => key.id === id)
    const endorsementsOf = async (id: string): Promise<readonly StatementKeyEndorsement[]> =>
      (await opened().statementKeys.endorsements()).filter((key) => key.id === id)

    test('a use is moved on and never back, whoever notes it at once', async () => {
      const id = crypto.randomUUID()
      const note = (publicKey: string, ms: number) =>
        put(opened(), { kind: 'statementKey.use', key: { id, publicKey, until: until(ms) } })
      await Promise.all([3, 9, 1, 7].map((ms) => note('one', ms)))
      await note('one', 5)
      await note('two', 2)
      expect(await useOf(id)).toEqual([
        { id, publicKey: 'one', until: until(9) },
        { id, publicKey: 'two', until: until(2) },
      ])
    })

    test('an endorsement is replaced by who has read it, and lost to nobody', async () => {
      const id = crypto.randomUUID()
      const endorse = (statement: string, replaces: string | null, endorserId = 'first') =>
        opened().commit([
          { kind: 'statementKey.endorse', endorsement: { id, publicKey: 'one', endorserId, statement }, replaces },
        ])
      const conflict = { committed: false, conflict: 'statementKey.endorse' }
      expect(await endorse('a', null)).toEqual({ committed: true })
      expect(await endorse('b', null)).toEqual(conflict)
      expect(await endorse('b', 'other')).toEqual(conflict)
      expect(await endorse('b', 'a')).toEqual({ committed: true })
      expect(await endorse('c', 'a')).toEqual(conflict)
      expect(await endorse('z', null, 'second')).toEqual({ committed: true })
      expect((await endorsementsOf(id)).map(({ endorserId, statement }) => [endorserId, statement])).toEqual([
        ['first', 'b'],
        ['second', 'z'],
      ])
    })
  })
}
