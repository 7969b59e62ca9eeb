import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSealer } from '../../src/store/sealing.ts'

/** For stores whose keys are not what is tested. */
export const sealer = createSealer([{ id: 'test', key: Buffer.alloc(32, 7) }])

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string
}

export const temporaryDirectory = async (): Promise<TemporaryDirectory> => {
  const path = await mkdtemp(join(tmpdir(), 'consentgraph-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}
