import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createWriteProof } from '../../src/store/embedded/write-proof.ts'
import type { WriteStatement } from '../../src/store/engine.ts'

const CHANGE: WriteStatement = { sql: 'update', parameters: [], affects: 1 }
const FULL = new GatewayError('STORE_UNAVAILABLE', { message: 'The disk of the store is full.' })

/** A disk that counts what is tried on it. */
const createDisk = () => {
  const disk = { full: false, conflict: null as number | null, trials: 0 }
  const proof = createWriteProof(async (statements) => {
    if (statements[0] !== CHANGE) disk.trials += 1
    if (disk.full) throw FULL
    return { conflict: disk.conflict, rows: [] }
  })
  return { disk, proof }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('a commit is proof for a minute, and those who ask after it share one trial', async () => {
  const { disk, proof } = createDisk()
  await proof.batch([CHANGE])
  vi.advanceTimersByTime(59_000)
  await Promise.all(Array.from({ length: 50 }, () => proof.prove()))
  expect(disk.trials).toBe(0)
  vi.advanceTimersByTime(2_000)
  await Promise.all(Array.from({ length: 50 }, () => proof.prove()))
  expect(disk.trials).toBe(1)
})

test('a disk that fills while nothing is written is found', async () => {
  const { disk, proof } = createDisk()
  await proof.batch([CHANGE])
  disk.full = true
  vi.advanceTimersByTime(61_000)
  await expect(proof.prove()).rejects.toBe(FULL)
})

test('a commit that is refused counts at once; asking again and again tries twice a second at most', async () => {
  const { disk, proof } = createDisk()
  await proof.batch([CHANGE])
  disk.full = true
  await expect(proof.batch([CHANGE])).rejects.toBe(FULL)
  for (let times = 0; times < 100; times += 1) {
    await expect(proof.prove()).rejects.toBe(FULL)
    vi.advanceTimersByTime(10)
  }
  expect(disk.trials).toBe(2)
})

test('a commit that is taken ends it at once, one that met a conflict does not', async () => {
  const { disk, proof } = createDisk()
  disk.full = true
  await expect(proof.prove()).rejects.toBe(FULL)
  disk.full = false
  disk.conflict = 0
  await proof.batch([CHANGE])
  await expect(proof.prove()).rejects.toBe(FULL)
  disk.conflict = null
  await proof.batch([CHANGE])
  await proof.prove()
  expect(disk.trials).toBe(1)
})
