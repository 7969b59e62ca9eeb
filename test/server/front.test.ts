import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createFront } from '../../src/server/front.ts'

const HOST = '127.0.0.1'

const openFront = async (maxConnections: number) => {
  const front = createFront({
    create: () => createServer((_request, response) => response.end('here')),
    maxConnections,
  })
  const { port } = await front.listen(0, HOST)
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      const closed = front.close()
      front.closeAllConnections()
      await closed
    },
  }
}

const reach = async (port: number) => {
  const socket = connect(port, HOST)
  await once(socket, 'connect')
  return socket
}

it('answers everybody at one port, and is gone from it when it has closed', async () => {
  const front = await openFront(1_000)
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => await (await fetch(`http://${HOST}:${front.port}`)).text()),
  )
  expect(answers).toEqual(answers.map(() => 'here'))
  await front[Symbol.asyncDispose]()
  await expect(reach(front.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

it('takes no port that another has, though those of one front share theirs', async () => {
  await using front = await openFront(1_000)
  const other = createFront({ create: () => createServer(), maxConnections: 1 })
  await expect(other.listen(front.port, HOST)).rejects.toMatchObject({ code: 'EADDRINUSE' })
})

/** A process of its own, which finds a port free some time before it takes it. */
const startLate = async (name: string) => {
  const child = fork(join(import.meta.dirname, 'programs/listen-late.ts'), [name])
  await once(child, 'message')
  const free = Promise.withResolvers<void>()
  const end = Promise.withResolvers<string>()
  child.on('message', (said: string) => (said === 'free' ? free.resolve() : end.resolve(said)))
  return {
    name,
    begin: (port: number): void => void child.send(port),
    /** Resolves where it has found it free. */
    free: free.promise,
    /** `listening`, or the code of what went wrong. */
    end: end.promise,
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

it('takes a port for one process alone, though others look while it is about to', async () => {
  const { port, ...unused } = await openFront(1)
  await unused[Symbol.asyncDispose]()
  await using stack = new AsyncDisposableStack()
  const [first, ...others] = await Promise.all(['a', 'b', 'c'].map(async (name) => stack.use(await startLate(name))))
  first!.begin(port)
  await first!.free
  for (const other of others) other.begin(port)
  expect([await first!.end, ...(await Promise.all(others.map(({ end }) => end)))]).toEqual([
    'listening',
    'EADDRINUSE',
    'EADDRINUSE',
  ])
  const answers = await Promise.all(
    Array.from({ length: 100 }, async () => await (await fetch(`http://${HOST}:${port}`)).text()),
  )
  expect(new Set(answers)).toEqual(new Set([first!.name]))
})

it('cuts a connection that is one too many, over all of its lines', async () => {
  await using front = await openFront(20)
  const sockets = await Promise.all(Array.from({ length: 20 }, () => reach(front.port)))
  // Until it is answered, a connection may yet have to be taken.
  const answered = Promise.all(sockets.map((socket) => once(socket, 'data')))
  for (const socket of sockets) socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  await answered
  const more = await reach(front.port)
  await once(more, 'close')
  sockets[1]!.destroy()
  await expect.poll(async () => (await fetch(`http://${HOST}:${front.port}`).catch(() => null))?.status).toBe(200)
  for (const socket of sockets) socket.destroy()
})
