import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { blocksOf } from '../docs/markdown.ts'
import { ROOT } from './program.ts'

/** The example, as its README has it: the tests run those commands and no others. */
export const EXAMPLE = join(ROOT, 'examples/federation')
const README = blocksOf(readFileSync(join(EXAMPLE, 'README.md'), 'utf8'))

export const COMMANDS: readonly string[] = README.filter(({ language }) => language === 'bash').flatMap(({ text }) =>
  text.split('\n'),
)

/** The operations to paste. */
export const OPERATIONS: readonly string[] = README.filter(({ language }) => language === 'graphql').map(
  ({ text }) => text,
)

/** The words of the one command with all of these parts, from the program on; without where its output goes. */
export const argumentsOf = (...parts: readonly string[]): readonly string[] => {
  const found = COMMANDS.filter((command) => parts.every((part) => command.includes(part)))
  if (found.length !== 1) throw new Error(`The README of the example has ${found.length} commands with ${parts.join()}`)
  const [, words = ''] = /^(?:npx node|npm) (.+?)(?: > \S+)?$/.exec(found[0] ?? '') ?? []
  return words.split(' ')
}
