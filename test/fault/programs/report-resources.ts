import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Loaded into a gateway with `--import`: on SIGUSR2 the process says on stderr what it holds, after collecting garbage. */

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const countBy = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(names, (name) => name)].map(([name, all]) => [name, all.length]))

process.on('SIGUSR2', () => {
  collectGarbage()
  // What the first has ended to refer to.
  setImmediate(() => {
    collectGarbage()
    const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)] as const)
    const resources = {
      heapBytes: process.memoryUsage().heapUsed,
      active: countBy(process.getActiveResourcesInfo()),
      listeners: Object.fromEntries(listeners),
    }
    process.stderr.write(`resources ${JSON.stringify(resources)}\n`)
  })
})
