import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomIds } from '../../src/domain/ids.ts'
import type { Store } from '../../src/domain/store.ts'
import type { Viewer } from '../../src/domain/viewer.ts'
import { createNameEndpoint } from '../../src/services/webhook/named.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { sealer, temporaryDirectory, type TemporaryDirectory } from '../store/directory.ts'
import { newWebhookEndpoint, put, settle } from '../store/entities.ts'

const REFUSED = { code: 'NOT_ALLOWED', path: ['input', 'webhookUrl'] }

let directory: TemporaryDirectory
let store: Store

beforeAll(async () => {
  directory = await temporaryDirectory()
  store = await openEmbeddedStore({ directory: directory.path, sealer })
})
afterAll(async () => {
  await store.close()
  await directory[Symbol.asyncDispose]()
})

const named = (anyUrl: boolean, permitted = true) =>
  createNameEndpoint(
    { store, ids: randomIds },
    { anyUrl, secretOf: () => 'whsec_c2VjcmV0', sender: { permits: async () => permitted } },
  )

const settleViewer = async () => {
  const { client } = await settle(store)
  const viewer: Viewer = { client, user: null, keyHash: null, scopes: new Set(), expiresAt: null }
  return viewer
}

describe('outside development', () => {
  test('only a registered address may be named, and it stays as it is', async () => {
    const viewer = await settleViewer()
    const endpoint = newWebhookEndpoint(viewer.client.id, { eventTypes: ['ConsentStatusChanged'] })
    await put(store, { kind: 'webhook.insert', endpoint })
    expect(await named(false)(viewer, endpoint.url)).toBe(endpoint.id)
    expect(await store.webhooks.byIds('SYSTEM', [endpoint.id])).toEqual([endpoint])
    await expect(named(false)(viewer, `${endpoint.url}/other`)).rejects.toMatchObject(REFUSED)
    await expect(named(false)(await settleViewer(), endpoint.url)).rejects.toMatchObject(REFUSED)
  })
})

describe('in development', () => {
  test('an address becomes an endpoint once, however many name it at once', async () => {
    const viewer = await settleViewer()
    const url = 'http://localhost:3000/hooks'
    const ids = await Promise.all(Array.from({ length: 5 }, () => named(true)(viewer, url)))
    expect(new Set(ids).size).toBe(1)
    expect(await store.webhooks.byUrl({ clientId: viewer.client.id, userId: null }, url)).toMatchObject({
      id: ids[0],
      onlyNamed: true,
      eventTypes: [],
      secrets: { current: 'whsec_c2VjcmV0', former: [] },
    })
  })

  test('an address that may not be called is refused', async () => {
    await expect(named(true, false)(await settleViewer(), 'http://10.0.0.1/')).rejects.toMatchObject(REFUSED)
  })
})
