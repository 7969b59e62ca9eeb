import { expect, test } from 'vitest'
import { createAlarms } from '../../src/graphql/pipeline/alarms.ts'

const after = (milliseconds: number): Date => new Date(Date.now() + milliseconds)

test('alarms ring once, in their order, whatever the order in which they were set; what was called off does not', async () => {
  const alarms = createAlarms()
  const rung: string[] = []
  const last = Promise.withResolvers<void>()
  const alarm = (name: string, then = (): void => {}) => ({
    ring: () => {
      rung.push(name)
      then()
    },
  })
  const [late, middle, early] = [after(90), after(60), after(30)]
  const off = alarm('off')
  const alone = alarm('alone')
  alarms.set(
    late,
    alarm('late', () => last.resolve()),
  )
  alarms.set(middle, off)
  // The only one of its instant, and the first of all.
  alarms.set(after(10), alone)
  alarms.set(
    early,
    alarm('early', () => alarms.set(after(-1), alarm('past'))),
  )
  alarms.set(middle, alarm('middle'))
  alarms.off(middle, off)
  await last.promise
  expect(rung).toEqual(['alone', 'early', 'past', 'middle', 'late'])
  alarms.off(late, alone)
})
