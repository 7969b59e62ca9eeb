import { describe, expect, test } from 'vitest'
import type { AuditBlock, AuditLine } from '../../../src/domain/audit.ts'
import { closeBlock, verifyBlocks } from '../../../src/services/audit/blocks.ts'
import type { RootKey } from '../../../src/services/root-key.ts'
import { at } from '../../store/entities.ts'

const root: RootKey = { id: 'now', key: Buffer.alloc(32, 1) }

const newLine = (position: number, change: Partial<AuditLine> = {}): AuditLine => ({
  position,
  at: at(position),
  actor: 'CLIENT',
  action: 'revokeConsent',
  requestId: 'req_1',
  clientId: 'cli_1',
  userId: 'usr_1',
  consentId: 'con_1',
  changes: [{ what: 'USER', change: 'CREATED' }],
  address: { mark: `mark ${position}`, known: { ip: '192.0.2.1', salt: 'salt' } },
  ...change,
})

type Closed = { readonly block: AuditBlock; readonly lines: readonly AuditLine[] }

const chainOf = (...groups: readonly (readonly AuditLine[])[]): readonly Closed[] => {
  const closed: Closed[] = []
  for (const lines of groups) {
    closed.push({ block: closeBlock(closed.at(-1)?.block ?? null, lines, at(100), root), lines })
  }
  return closed
}

const three = chainOf([newLine(1), newLine(2)], [newLine(3)], [newLine(4), newLine(6)])

async function* inTurn(chain: readonly Closed[]) {
  yield* chain
}

const verify = (chain: readonly Closed[], roots: readonly RootKey[] = [root]) => verifyBlocks(inTurn(chain), roots)

const change = (index: number, to: (closed: Closed) => Closed): readonly Closed[] =>
  three.map((closed, at) => (at === index ? to(closed) : closed))

const faultsOf = async (chain: readonly Closed[]) => (await verify(chain)).faults

describe('a trail', () => {
  test('that was left alone verifies, and its head is that of its last block', async () => {
    expect(await verify(three)).toEqual({ blocks: 3, lines: 5, head: three[2]!.block.hash, unsealed: 0, faults: [] })
    expect(await verify([])).toMatchObject({ blocks: 0, faults: [] })
  })

  test('verifies after where it was asked from is forgotten, and not with another mark', async () => {
    const withAddress = (address: AuditLine['address']) =>
      change(0, ({ block, lines }) => ({ block, lines: [{ ...lines[0]!, address }, lines[1]!] }))
    expect(await faultsOf(withAddress({ mark: 'mark 1', known: null }))).toEqual([])
    expect(await faultsOf(withAddress({ mark: 'mark 9', known: null }))).toEqual([
      { block: 1, fault: 'a line was changed' },
    ])
    expect(await faultsOf(withAddress(null))).toHaveLength(1)
  })

  test.each<[keyof AuditLine, AuditLine[keyof AuditLine]]>([
    ['position', 5],
    ['at', at(2)],
    ['actor', 'USER'],
    ['action', 'createUser'],
    ['requestId', null],
    ['clientId', 'cli_2'],
    ['userId', 'usr_2'],
    ['consentId', 'con_2'],
    ['changes', []],
  ])('shows that the %s of a line was changed', async (name, value) => {
    const chain = change(1, ({ block, lines }) => ({ block, lines: [{ ...lines[0]!, [name]: value }] }))
    expect(await faultsOf(chain)).toEqual([{ block: 2, fault: 'a line was changed' }])
  })

  test('shows lines that are gone, put in, or in another order', async () => {
    expect(await faultsOf(change(0, ({ block, lines }) => ({ block, lines: lines.slice(1) })))).toEqual([
      { block: 1, fault: 'has 1 lines, and was closed with 2' },
    ])
    expect(await faultsOf(change(1, ({ block, lines }) => ({ block, lines: [...lines, newLine(9)] })))).toHaveLength(1)
    expect(await faultsOf(change(0, ({ block, lines }) => ({ block, lines: lines.toReversed() })))).toHaveLength(1)
  })

  test('shows blocks that are gone, moved, or made anew without the key', async () => {
    expect(await faultsOf(three.slice(1))).toContainEqual({ block: 2, fault: 'block 1 is missing' })
    expect(await faultsOf([three[0]!, three[2]!])).toContainEqual({ block: 3, fault: 'block 2 is missing' })
    expect(await faultsOf([three[1]!, three[0]!, three[2]!])).not.toEqual([])

    const thief: RootKey = { id: 'now', key: Buffer.alloc(32, 2) }
    const lines = [newLine(1, { action: 'nothing' })]
    expect(await faultsOf([{ block: closeBlock(null, lines, at(), thief), lines }])).toEqual([
      { block: 1, fault: 'was not made by this gateway' },
    ])
  })

  test('whose key is gone is checked as a chain, and says so', async () => {
    expect(await verify(three, [])).toMatchObject({ unsealed: 3, faults: [] })
    const changed = change(1, ({ block, lines }) => ({ block: { ...block, digest: '0' }, lines }))
    expect((await verify(changed, [])).faults.map(({ block }) => block)).toEqual([2, 2])
  })
})
