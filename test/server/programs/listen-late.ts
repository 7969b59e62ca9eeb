/**
 * Listens at a port as a gateway does, and takes its time between finding it free and taking it, as on a busy machine. Begins when
 * it is told a port; says `free` when it has found it so, then `listening`, or why not. Ends with its channel. Argument: what it
 * answers.
 */
import { Server } from 'node:http'
import { createFront } from '../../../src/server/front.ts'

const BUSY_MS = 300

class LateServer extends Server {
  override listen(...given: unknown[]): this {
    process.send?.('free')
    setTimeout(() => Reflect.apply(Server.prototype.listen, this, given), BUSY_MS)
    return this
  }
}

const name = process.argv[2] ?? ''
const front = createFront({
  create: () => new LateServer((_, response) => response.end(name)),
  maxConnections: 100,
})
process.once('message', (port: number) => {
  front.listen(port, '127.0.0.1').then(
    () => process.send?.('listening'),
    (error: unknown) => process.send?.((error as NodeJS.ErrnoException).code),
  )
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
