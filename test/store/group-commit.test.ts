import { describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/store/embedded/database.ts'
import { commitGroup } from '../../src/store/embedded/group-commit.ts'
import type { BatchMessage, StatementMessage } from '../../src/store/embedded/protocol.ts'

const open = () => {
  const database = openDatabase(':memory:', { busyTimeoutMs: 0 })
  database.exec('create table words (word text primary key not null) strict')
  const ran: string[] = []
  const commit = (batches: readonly BatchMessage[]) =>
    commitGroup((sql) => {
      ran.push(sql)
      return database.prepare(sql)
    }, batches)
  const words = () => database.prepare('select word from words order by word').all([]).flat()
  return { database, ran, commit, words }
}

const put = (word: string): StatementMessage => ['insert into words values (?)', [word], 1]
const change = (from: string, to: string, affects: number): StatementMessage => [
  'update words set word = ? where word = ?',
  [to, from],
  affects,
]
const WRONG: StatementMessage = ['insert into words values (null)', [], 1]

describe('a group of batches', () => {
  test('that all stay is one transaction, without a way back for each', () => {
    const { commit, words, ran } = open()
    const replies = commit([
      [1, [put('a'), put('b')]],
      [2, [change('a', 'c', 1), ['select word from words order by word', [], null]]],
    ])
    expect(replies).toEqual({
      answers: [
        [1, null, []],
        [2, null, [['b'], ['c']]],
      ],
      refusals: [],
    })
    expect(ran.filter((sql) => !/^(insert|update|select)/.test(sql))).toEqual(['begin immediate', 'commit'])
    expect(words()).toEqual(['b', 'c'])
  })

  test('keeps what the others wrote where one conflicts or is wrong, as if that had not been there', () => {
    const { commit, words } = open()
    commit([[0, [put('taken')]]])
    const replies = commit([
      [1, [put('a')]],
      [2, [put('b'), put('taken')]],
      [3, [put('c'), WRONG]],
      // Of what the one before it would have written, it sees nothing.
      [4, [change('b', 'x', 0), change('a', 'd', 1)]],
      [5, [put('e'), change('nobody', 'f', 1)]],
      [6, [put('b'), ['select word from words order by word', [], null]]],
    ])
    expect(replies.answers).toEqual([
      [1, null, []],
      [2, 1, []],
      [4, null, []],
      [5, 1, []],
      [6, null, [['b'], ['d'], ['taken']]],
    ])
    expect(replies.refusals).toMatchObject([[3, { code: 'INTERNAL' }]])
    expect(words()).toEqual(['b', 'd', 'taken'])
  })

  test.each([
    ['conflicts', [put('b'), put('taken')], { answers: [[1, 1, []]], refusals: [] }],
    ['is wrong', [put('b'), WRONG], { answers: [], refusals: [[1, { code: 'INTERNAL' }]] }],
  ] as const)('of one that %s leaves nothing, and no transaction', (_, statements, expected) => {
    const { commit, words, database } = open()
    commit([[0, [put('taken')]]])
    expect(commit([[1, statements]])).toMatchObject(expected)
    expect(words()).toEqual(['taken'])
    database.exec('begin; rollback')
    expect(commit([[2, [put('b')]]]).answers).toEqual([[2, null, []]])
  })
})
