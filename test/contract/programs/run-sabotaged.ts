/** Runs of the suite what is to see each saboteur. Its argument is the file for the report. */
import { startVitest } from 'vitest/node'
import { SABOTEURS } from '../saboteurs/every-saboteur.ts'

/** Between a group and a test there may stand more than a space. */
const escape = (text: string): string =>
  text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll(' ', '(?: > | )')

const selected = SABOTEURS.map(({ name, seenBy }) => `^${escape(name)} .*${escape(seenBy)}`).join('|')

const vitest = await startVitest([], {
  watch: false,
  include: ['test/contract/programs/sabotaged-providers.ts'],
  testNamePattern: selected,
  // Who does not see its caller go would wait for as long as it may.
  testTimeout: 2_000,
  reporters: [['json', { outputFile: process.argv[2] }]],
})
await vitest.close()
// Failed tests are what was asked for.
process.exitCode = 0
