import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { AuditBlock, AuditLine } from '../../domain/audit.ts'
import { deriveKey, type RootKey } from '../root-key.ts'

const PURPOSE = 'audit trail'
/** Before the first block. */
export const NO_BLOCK = '0'.repeat(64)

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Every part of a line but what may be forgotten, in an order that is fixed. */
const toRecord = (line: AuditLine): string =>
  JSON.stringify([
    line.position,
    line.at.getTime(),
    line.actor,
    line.action,
    line.requestId,
    line.clientId,
    line.userId,
    line.consentId,
    line.changes,
    line.address?.mark ?? null,
  ])

const digestOf = (lines: readonly AuditLine[]): string => sha256(lines.map(toRecord).join('\n'))

const hashOf = (previous: string, { number, at, lines, digest }: Omit<AuditBlock, 'hash' | 'seal' | 'keyId'>): string =>
  sha256([previous, number, at.getTime(), lines, digest].join('\n'))

const sealOf = (root: RootKey, hash: string): string =>
  createHmac('sha256', deriveKey(root, PURPOSE)).update(hash).digest('hex')

/** @param lines in the order of their positions */
export const closeBlock = (
  previous: AuditBlock | null,
  lines: readonly AuditLine[],
  at: Date,
  root: RootKey,
): AuditBlock => {
  const block = { number: (previous?.number ?? 0) + 1, at, lines: lines.length, digest: digestOf(lines) }
  const hash = hashOf(previous?.hash ?? NO_BLOCK, block)
  return { ...block, hash, seal: sealOf(root, hash), keyId: root.id }
}

/** What is wrong with a block. */
export interface AuditFault {
  readonly block: number
  readonly fault: string
}

export interface AuditVerdict {
  readonly blocks: number
  readonly lines: number
  /** Hash of the last block; to be kept elsewhere, it shows later that nothing before it was changed. */
  readonly head: string
  /** Blocks whose key is not at hand: their chain was checked, and not who made them. */
  readonly unsealed: number
  readonly faults: readonly AuditFault[]
}

/**
 * @param blocks in the order of their numbers, each with its lines
 * @param roots keys that seal and sealed; none where only the chain is to be checked
 */
export const verifyBlocks = async (
  blocks: AsyncIterable<{ readonly block: AuditBlock; readonly lines: readonly AuditLine[] }>,
  roots: readonly RootKey[],
): Promise<AuditVerdict> => {
  const faults: AuditFault[] = []
  let previous: AuditBlock | null = null
  let count = 0
  let lineCount = 0
  let unsealed = 0
  for await (const { block, lines } of blocks) {
    const find = (fault: string): void => void faults.push({ block: block.number, fault })
    const expected: number = (previous?.number ?? 0) + 1
    if (block.number !== expected) find(`block ${expected} is missing`)
    if (lines.length !== block.lines) find(`has ${lines.length} lines, and was closed with ${block.lines}`)
    else if (digestOf(lines) !== block.digest) find('a line was changed')
    if (hashOf(previous?.hash ?? NO_BLOCK, block) !== block.hash) find('does not follow the block before')
    const root = roots.find(({ id }) => id === block.keyId)
    if (root === undefined) unsealed += 1
    else if (!isSealed(root, block)) find('was not made by this gateway')
    previous = block
    count += 1
    lineCount += lines.length
  }
  return { blocks: count, lines: lineCount, head: previous?.hash ?? NO_BLOCK, unsealed, faults }
}

const isSealed = (root: RootKey, { hash, seal }: AuditBlock): boolean => {
  const [expected, found] = [Buffer.from(sealOf(root, hash)), Buffer.from(seal)]
  return expected.length === found.length && timingSafeEqual(expected, found)
}
