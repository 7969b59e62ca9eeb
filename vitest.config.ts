import { defineConfig } from 'vitest/config'

/** Suites that kill processes, need PostgreSQL or take minutes: `npm run test:long`. */
const long = ['test/fault/**/*.test.ts', 'test/**/*.long.test.ts']

export default defineConfig(({ mode }) => ({
  test: {
    testTimeout: 20_000,
    hookTimeout: 20_000,
    ...(mode === 'long'
      ? { include: long, fileParallelism: false, passWithNoTests: true, testTimeout: 180_000, hookTimeout: 60_000 }
      : { include: ['test/**/*.test.ts'], exclude: long }),
  },
}))
