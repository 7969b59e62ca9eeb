import type { Command } from 'commander'
import type { ClientConfig } from '../client-variables.ts'
import { type Config, loadClientConfig, loadConfig } from '../config.ts'
import { type Foundation, openFoundation } from '../foundation.ts'
import { printableLines } from './printable.ts'
import { askSecret } from './secret-input.ts'

/** Where a command reads and writes; never a secret on its arguments, which other users of the machine can list. */
export interface Streams {
  readonly out: NodeJS.WritableStream
  readonly error: NodeJS.WritableStream
}

export const EXIT_OK = 0
export const EXIT_FAILED = 1
export const EXIT_USAGE = 2

/** What a command works with. */
export interface CommandContext {
  /** @throws ConfigError, which names every fault */
  config(): Config
  /** For a command that asks a gateway from outside. An API key that is not set is asked for, or read from stdin. */
  client(): Promise<ClientConfig & { readonly apiKey: string }>
  /** Opens the keys and the store of the configuration, and closes them whatever `use` does. */
  withFoundation<Result>(use: (foundation: Foundation) => Promise<Result>): Promise<Result>
  /** Part of a result that is a stream, as it is. */
  write(text: string): void
  /** The result, once: text for a person; with `--json`, `machine` as one JSON document. */
  answer(human: string, machine: unknown): void
  /** One of many results, as they come: a line for a person; with `--json`, `machine` as one JSON document on a line. */
  tell(human: string, machine: unknown): void
  /** What is no result: how things stand, and what went wrong but not for good. */
  note(text: string): void
  /** Ends with 1 after an answer was given. */
  fail(): void
}

/** Adds one command and what belongs to it. */
export type AddCommand = (program: Command, context: CommandContext) => void

export const createContext = (
  streams: Streams,
  asked: { readonly json: () => boolean; readonly fail: () => void },
): CommandContext => ({
  config: () => loadConfig(),
  client: async () => {
    const config = loadClientConfig()
    return { ...config, apiKey: config.apiKey ?? (await askSecret('API key', process.stdin, streams.error)) }
  },
  withFoundation: async (use) => {
    const foundation = await openFoundation(loadConfig(), 'TOOL')
    try {
      return await use(foundation)
    } finally {
      await foundation.store.close()
    }
  },
  write: (text) => void streams.out.write(text),
  answer: (human, machine) => {
    streams.out.write(`${asked.json() ? JSON.stringify(machine, null, 2) : printableLines(human)}\n`)
  },
  tell: (human, machine) => {
    streams.out.write(`${asked.json() ? JSON.stringify(machine) : printableLines(human)}\n`)
  },
  note: (text) => {
    streams.error.write(`${printableLines(text)}\n`)
  },
  fail: asked.fail,
})
