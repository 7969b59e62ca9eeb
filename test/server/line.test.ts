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
      let came = 0
      for (const count of counts) {
        for (let left = count; left > 0; left -= 1) {
          line.push(came)
          model.push(came)
          came += 1
        }
        for (let left = count; left < 0; left += 1) {
          expect(line.first()).toBe(model[0])
          expect(line.shift()).toBe(model.shift())
        }
        expect(line.length()).toBe(model.length)
      }
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
