/**
 * Loaded into a gateway with `node --import`: whoever connects to COLLECTOR_SOCKET and sends the name of a collection is told, once it
 * has been made, how many bytes of the event loop's thread are left.
 */
import { createServer } from 'node:net'
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

/** `major` collects everything that is not in use, `minor` what is young; what an old thing refers to is in use then. */
export type Collection = 'major' | 'minor'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as (options: { readonly type: Collection }) => void

/** Where objects are. What V8 compiles meanwhile is elsewhere, and nobody's. */
const OF_OBJECTS: ReadonlySet<string> = new Set([
  'new_space',
  'old_space',
  'new_large_object_space',
  'large_object_space',
])

const objectBytes = (): number =>
  getHeapSpaceStatistics()
    .filter(({ space_name }) => OF_OBJECTS.has(space_name))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0)

const { COLLECTOR_SOCKET } = process.env
if (isMainThread && COLLECTOR_SOCKET !== undefined) {
  createServer((socket) => {
    socket.setEncoding('utf8').once('data', (type) => {
      // Twice: what survives the first is old after the second.
      for (let times = 0; times < 2; times += 1) collect({ type: String(type) === 'major' ? 'major' : 'minor' })
      socket.end(String(objectBytes()))
    })
  })
    .listen(COLLECTOR_SOCKET)
    .unref()
}
