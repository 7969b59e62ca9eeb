import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createLine } from '../../src/server/line.ts'

it('whoever came first leaves first', () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 700 }), fc.integer({ min: -700, max: -1 })), {
    maxLength: 30,
  })
  fc.assert(
    fc.property(steps, (counts) => {
      const line = createLine<number>()
      const model: number[] = []
      const [shown, expected]: [unknown[], unknown[]] = [[], []]
      let came = 0
      for (const count of counts) {
        for (let left = count; left > 0; left -= 1) {
          line.push(came)
          model.push(came)
          came += 1
        }
        for (let left = count; left < 0; left += 1) {
          shown.push(line.first(), line.shift())
          expected.push(model[0], model.shift())
        }
        shown.push(line.length())
        expected.push(model.length)
      }
      expect(shown).toEqual(expected)
    }),
    { seed: 20261130 },
  )
})

it('what has left is kept by nobody, also where the line is never empty', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const line = createLine<object>()
  const left: WeakRef<object>[] = []
  line.push({})
  for (let count = 0; count < 100; count += 1) {
    line.push({})
    left.push(new WeakRef(line.shift() ?? {}))
  }
  // What a weak reference was made for or read from is kept until the turn ends.
  await turn()
  gc()
  expect(left.filter((one) => one.deref() !== undefined)).toEqual([])
  expect(line.length()).toBe(1)
})
