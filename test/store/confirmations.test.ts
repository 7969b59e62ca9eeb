import { describe, expect, test } from 'vitest'
import type { CommitOutcome, Write } from '../../src/domain/store.ts'
import { createConfirmations } from '../../src/store/confirmations.ts'
import { at, newObservation } from './entities.ts'

const idOf = (index: number) => `con_${index}` as const

/** Confirmations over commits that a test lets end, one by one. */
const open = () => {
  const commits: { readonly writes: readonly Write[]; readonly end: PromiseWithResolvers<CommitOutcome> }[] = []
  const confirmations = createConfirmations((writes) => {
    const end = Promise.withResolvers<CommitOutcome>()
    commits.push({ writes, end })
    return end.promise
  })
  const confirm = (index: number, second = 1) =>
    confirmations.confirm(newObservation(idOf(index), { at: at(second) }), at(second))
  return { ...confirmations, confirm, commits }
}

describe('confirmations', () => {
  test('of one moment are one commit, with one count and one time for each consent', async () => {
    const { confirm, commits, settle } = open()
    const all = Array.from({ length: 1_000 }, (_, turn) => confirm(turn % 10, turn))
    const settled = settle()
    expect(commits).toHaveLength(1)
    const [{ writes, end }] = commits as [(typeof commits)[0]]
    expect(writes).toHaveLength(20)
    const counted = writes.flatMap((write) => (write.kind === 'observation.append' ? [write.times] : []))
    expect(counted).toEqual(Array(10).fill(100))
    expect(writes).toContainEqual({ kind: 'consent.seen', consentId: idOf(3), at: at(993) })
    end.resolve({ committed: true })
    await Promise.all(all)
    await settled
    expect(settle()).toBeNull()
  })

  test('wait for the commit of those before them, and are seen all the while', async () => {
    const { confirm, commits, settle, seenAt } = open()
    const first = confirm(1, 1)
    void settle()
    const second = confirm(1, 2)
    const settled = settle()
    expect(commits).toHaveLength(1)
    expect(seenAt(idOf(1), null)).toEqual(at(2))
    commits[0]?.end.resolve({ committed: true })
    await first
    await new Promise(setImmediate)
    expect(commits).toHaveLength(2)
    expect(seenAt(idOf(1), at(1).getTime())).toEqual(at(2))
    commits[1]?.end.resolve({ committed: true })
    await Promise.all([second, settled])
    expect(seenAt(idOf(1), at(3).getTime())).toEqual(at(3))
    expect(seenAt(idOf(2), null)).toBeNull()
  })

  test('are all stored for each of several who wait for that at once', async () => {
    const { confirm, commits, settle } = open()
    void confirm(1, 1)
    void settle()
    void confirm(2, 2)
    const settled: number[] = []
    const all = [1, 2, 3].map(async (who) => {
      await settle()
      settled.push(who)
    })
    commits[0]?.end.resolve({ committed: true })
    await new Promise(setImmediate)
    // No commit of nothing, which would end before the one that they wait for.
    expect(commits.map(({ writes }) => writes.length)).toEqual([2, 2])
    expect(settled).toEqual([])
    commits[1]?.end.resolve({ committed: true })
    await Promise.all(all)
    expect(commits).toHaveLength(2)
  })

  test('of very many consents do not wait for more', () => {
    const { confirm, commits } = open()
    for (let index = 0; index < 2_100; index += 1) void confirm(index)
    expect(commits).toHaveLength(1)
  })

  test('of many consents are commits of no more than some, one after the other, and are told of when all are', async () => {
    const { confirm, commits, settle } = open()
    const all = Promise.all(Array.from({ length: 300 }, (_, index) => confirm(index)))
    const settled = settle()
    expect(commits.map(({ writes }) => writes.length)).toEqual([512])
    commits[0]?.end.resolve({ committed: true })
    await expect.poll(() => commits.map(({ writes }) => writes.length)).toEqual([512, 88])
    commits[1]?.end.resolve({ committed: true })
    await Promise.all([all, settled])
  })

  test('that cannot be stored are told so to whoever made them, and seen no more', async () => {
    const { confirm, commits, settle, seenAt } = open()
    const all = Promise.allSettled([confirm(1), confirm(2)])
    const settled = settle()
    commits[0]?.end.reject(new Error('no disk'))
    expect((await all).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await settled
    expect(seenAt(idOf(1), null)).toBeNull()
  })

  test('go ahead of a change of the same consent, and of no other', async () => {
    const { confirm, commit, commits, settle } = open()
    const first = confirm(1)
    const change: Write = { kind: 'observation.append', observation: newObservation(idOf(2)) }
    const own: Write = { kind: 'observation.append', observation: newObservation(idOf(1), { source: 'WEBHOOK' }) }
    void commit([change])
    void commit([own])
    expect(commits.map(({ writes }) => writes.map(({ kind }) => kind))).toEqual([
      ['observation.append'],
      ['observation.append', 'consent.seen', 'observation.append'],
    ])
    expect(commits[1]?.writes.at(-1)).toBe(own)
    // What was not committed is tried once more, by itself.
    commits[1]?.end.resolve({ committed: false, conflict: 'consent.update' })
    await new Promise(setImmediate)
    void settle()
    expect(commits).toHaveLength(3)
    expect(commits[2]?.writes.map(({ kind }) => kind)).toEqual(['observation.append', 'consent.seen'])
    commits[2]?.end.resolve({ committed: true })
    await first
  })
})
