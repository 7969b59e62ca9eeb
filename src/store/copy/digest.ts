import { createHash } from 'node:crypto'
import type { SqlRow } from '../engine.ts'

/** What a table holds, whatever the order in which it is read. */
export interface TableDigest {
  readonly rows: number
  /** Sum of the rows' SHA-256, modulo 2^256; hex. */
  readonly sum: string
}

export interface DigestOfTable {
  add(rows: readonly SqlRow[]): void
  read(): TableDigest
}

const MODULUS = 2n ** 256n

export const createDigest = (): DigestOfTable => {
  let rows = 0
  let sum = 0n
  return {
    add: (more) => {
      rows += more.length
      for (const row of more) {
        sum = (sum + BigInt(`0x${createHash('sha256').update(JSON.stringify(row)).digest('hex')}`)) % MODULUS
      }
    },
    read: () => ({ rows, sum: sum.toString(16).padStart(64, '0') }),
  }
}

export const sameDigest = (a: TableDigest, b: TableDigest): boolean => a.rows === b.rows && a.sum === b.sum
