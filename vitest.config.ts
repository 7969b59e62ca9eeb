import { availableParallelism } from 'node:os'
import { createRequire } from 'node:module'
import { defineConfig } from 'vitest/config'

/** Suites that kill processes, need PostgreSQL or take minutes: `npm run test:long`. */
const long = ['test/fault/**/*.test.ts', 'test/**/*.long.test.ts']

export default defineConfig(({ mode }) => ({
  // The build that Node takes. Vite prefers the one under `module`, whose classes are not those that Apollo's packages see.
  resolve: { alias: [{ find: /^graphql$/, replacement: createRequire(import.meta.url).resolve('graphql') }] },
  test: {
    // The suites wait for processes more than they compute: one worker for each core, and one more.
    maxWorkers: availableParallelism() + 1,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    ...(mode === 'long'
      ? { include: long, fileParallelism: false, passWithNoTests: true, testTimeout: 180_000, hookTimeout: 60_000 }
      : { include: ['test/**/*.test.ts'], exclude: long }),
  },
}))
