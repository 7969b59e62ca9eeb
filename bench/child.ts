import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { holdChild, isRunning } from './leftovers.ts'

/** Which processor a process is to stay on: servers under test have one, the load and the provider the other. */
export type Place = 'SERVER' | 'AROUND'

export interface StartOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly place: Place
  readonly nodeOptions?: readonly string[]
  /** Talks over a channel. It ends when the channel does, unless what it prints is read: then it ends by a signal. */
  readonly channel: boolean
  /** What it prints is read here, and not passed on. True by default for whoever has no channel. */
  readonly readsOutput?: boolean
}

/** A process of its own. Disposal ends it and waits for its end. */
export interface Child extends AsyncDisposable {
  readonly pid: number
  readonly process: ChildProcess
}

const ROOT = join(import.meta.dirname, '..')
const STOP_DEADLINE_MS = 15_000

/** The first and the last processor that this process may use; null where there is one, or nobody can say. */
export const findProcessors = (): readonly [first: number, last: number] | null => {
  if (!existsSync('/proc/self/status') || spawnSync('taskset', ['--version']).error) return null
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
  const numbers = list.split(/[,-]/).map(Number)
  const [first, last] = [numbers[0], numbers.at(-1)]
  return first === undefined || last === undefined || first === last ? null : [first, last]
}

const processors = findProcessors()

export const startChild = (
  file: string,
  { args = [], env = {}, place, nodeOptions = [], channel, readsOutput = !channel }: StartOptions,
): Child => {
  const command = [process.execPath, ...nodeOptions, join(ROOT, file), ...args]
  const pinned = processors === null ? [] : ['taskset', '-c', String(processors[place === 'SERVER' ? 1 : 0])]
  const [program = '', ...rest] = [...pinned, ...command]
  const child = spawn(program, rest, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', readsOutput ? 'pipe' : 'inherit', 'inherit', ...(channel ? (['ipc'] as const) : [])],
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${file} could not be started`)
  holdChild(child)
  return {
    pid,
    process: child,
    [Symbol.asyncDispose]: async () => {
      if (!isRunning(child)) return
      const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_DEADLINE_MS)
      const exited = once(child, 'exit')
      if (!readsOutput) child.disconnect()
      else child.kill('SIGTERM')
      await exited
      clearTimeout(deadline)
    },
  }
}

/** The next message of a child; rejects when it ends first. */
export const receive = <Message>({ process: child }: Child): Promise<Message> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`${child.spawnargs.join(' ')} ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (message: unknown) => {
      child.off('exit', ended)
      resolve(message as Message)
    })
  })

/** Linux counts the processor time of a process in hundredths of a second, whatever the kernel's own clock. */
const TICK_MS = 10

/** Processor time of all threads so far; null where the system does not tell of other processes. */
export const cpuMsOf = ({ pid }: Child): number | null => {
  if (!existsSync(`/proc/${pid}/stat`)) return null
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // After the name, which may hold anything: fields 14 and 15 of proc(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
