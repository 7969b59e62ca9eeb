import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

const NONE = 'An API key is needed. Set CONSENTGRAPH_API_KEY, or give it on stdin.'

/** Takes what is typed and shows nothing of it. */
const unseen = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() })

/** Asks a person at a terminal, who does not see what they type; else takes the first line of the input. */
export const askSecret = async (name: string, input: Input, prompts: NodeJS.WritableStream): Promise<string> => {
  const isAsked = input.isTTY === true
  if (isAsked) prompts.write(`${name}: `)
  const lines = createInterface({ input, output: unseen(), terminal: isAsked })
  const given = await new Promise<string>((resolve) => {
    lines.once('line', resolve)
    // Ctrl-C, Ctrl-D, or an input without a line.
    lines.once('SIGINT', () => resolve(''))
    lines.once('close', () => resolve(''))
  })
  lines.close()
  if (isAsked) prompts.write('\n')
  if (given.trim() === '') throw new Error(NONE)
  return given.trim()
}
