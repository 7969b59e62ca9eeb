import { expect, test } from 'vitest'
import { liveAndStop } from './dump-suite.ts'
import { filesOf } from './leak-search.ts'

test(
  'whoever has the files of the embedded store has no secret, and not the name of who was erased',
  {
    timeout: 120_000,
  },
  async () => {
    await using stack = new AsyncDisposableStack()
    const { scene, consentId, erasedName, find } = await liveAndStop(stack, {})
    const files = await filesOf(scene.gateway.dataDir)
    expect(files.some(({ bytes }) => bytes.includes(consentId))).toBe(true)
    for (const { file, bytes } of files) {
      expect(find(bytes), file).toEqual([])
      expect(bytes.includes(erasedName), file).toBe(false)
    }
  },
)
