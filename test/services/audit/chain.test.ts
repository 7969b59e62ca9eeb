import { expect, test } from 'vitest'
import type { Sealer } from '../../../src/domain/sealing.ts'
import { createAuditChain, readBlocks } from '../../../src/services/audit/chain.ts'
import { openEmbeddedStore } from '../../../src/store/embedded/open-embedded-store.ts'
import { newAuditEntry, put } from '../../store/entities.ts'
import { sealer, temporaryDirectory } from '../../store/directory.ts'

test('lines are closed off without a look at where they were asked from', async () => {
  await using directory = await temporaryDirectory()
  let opened = 0
  const counting: Sealer = {
    ...sealer,
    open: (...sealed) => {
      opened += 1
      return sealer.open(...sealed)
    },
  }
  const store = await openEmbeddedStore({ directory: directory.path, sealer: counting })
  const known = { ip: '192.0.2.1', salt: 'salt' }
  const addressed = (mark: string) =>
    ({ kind: 'audit.append', entry: newAuditEntry({ address: { mark, known } }) }) as const
  await put(store, addressed('one'), addressed('two'))
  opened = 0
  const reported: string[] = []
  const chain = createAuditChain(store, { id: 'test', key: Buffer.alloc(32, 1) }, (event) => reported.push(event))
  expect(await chain.close()).toBe(1)
  expect([opened, reported]).toEqual([0, []])

  const addresses: unknown[] = []
  for await (const { lines } of readBlocks(store)) addresses.push(...lines.map(({ address }) => address))
  expect(addresses).toEqual([
    { mark: 'one', known },
    { mark: 'two', known },
  ])
  expect(opened).toBeGreaterThan(0)
  await store.close()
})
