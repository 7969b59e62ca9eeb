import { availableParallelism } from 'node:os'
import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

/** Suites that need PostgreSQL or take minutes: `npm run test:long`. */
const long = 'test/**/*.long.test.ts'
/** Suites that kill, cut, fill and starve: `npm run test:faults`. FAULT_ROUNDS and FAULT_SEED: docs/reliability.md. */
const faults = 'test/fault/**/*.test.ts'

/** One file after the other: these measure, and start many processes each. */
const alone = { fileParallelism: false, testTimeout: 180_000, hookTimeout: 60_000 }

/** By `--mode`. */
const suites: Readonly<Record<string, object>> = {
  long: { include: [long], exclude: [faults], passWithNoTests: true, ...alone },
  faults: { include: [faults], ...alone },
}

export default defineConfig(({ mode }) => ({
  // The build that Node takes. Vite prefers the one under `module`, whose classes are not those that Apollo's packages see.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    // The suites wait for processes more than they compute: one worker for each core, and one more.
    maxWorkers: availableParallelism() + 1,
    // Against a hang, not a measure: a machine with other work to do takes its time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    ...(suites[mode] ?? { include: ['test/**/*.test.ts'], exclude: [long, faults] }),
  },
}))
