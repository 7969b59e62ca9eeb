import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Received } from '../e2e/webhook-receiver.ts'

export interface ListenedEvent {
  readonly type: string
  readonly data: Received['body']['data'] & {
    readonly id: string
    readonly cursor: string
    readonly consentId: string
    readonly body: { readonly to?: string; readonly revocation?: { readonly state: string } }
  }
}

export interface Outcome {
  readonly eventId: string
  readonly delivered: boolean
  readonly attempts: number
  readonly status?: number
  readonly error?: string
}

/** `consentgraph listen`, while it runs. */
export interface ListeningCli extends AsyncDisposable {
  /** What it answered, line by line. */
  readonly lines: readonly string[]
  /** With `--json`. */
  readonly events: readonly ListenedEvent[]
  readonly outcomes: readonly Outcome[]
  /** What it said beside them. */
  readonly notes: readonly string[]
  /** Resolves once that is true; looks again at each line. */
  until(wanted: () => boolean): Promise<void>
  /** Interrupts it as Ctrl-C does. */
  stop(): Promise<number | null>
  readonly ended: Promise<number | null>
}

const ROOT = join(import.meta.dirname, '../..')

export const startListening = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): ListeningCli => {
  const child = spawn(join(ROOT, 'bin/consentgraph'), ['listen', ...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(stdin)
  const lines: string[] = []
  const events: ListenedEvent[] = []
  const outcomes: Outcome[] = []
  const notes: string[] = []
  let wake = (): void => {}
  let over = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    const said = JSON.parse(line.startsWith('{') ? line : '{}') as {
      readonly event?: ListenedEvent
      readonly forwarded?: Outcome
    }
    if (said.event !== undefined) events.push(said.event)
    if (said.forwarded !== undefined) outcomes.push(said.forwarded)
    wake()
  })
  createInterface({ input: child.stderr }).on('line', (line) => {
    notes.push(line)
    wake()
  })
  const ended = once(child, 'close').then(([code]) => {
    over = true
    wake()
    return code as number | null
  })
  return {
    lines,
    events,
    outcomes,
    notes,
    ended,
    until: async (wanted) => {
      while (!wanted()) {
        if (over) throw new Error(`consentgraph listen has ended: ${notes.join('\n')}`)
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
    stop: () => {
      child.kill('SIGINT')
      return ended
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
