import { readFileSync } from 'node:fs'

import { generate } from '@graphql-codegen/cli'
import { expect, test } from 'vitest'

import config from '../../codegen.ts'

interface GeneratedFile {
  readonly filename: string
  readonly content: string
}

test('the generated file is what codegen writes now; else run `npm run codegen`', async () => {
  // The package types what it answers as `any`.
  const files = (await generate({ ...config, silent: true }, false)) as readonly GeneratedFile[]
  expect(files.map((file) => file.filename)).toEqual(['src/graphql/generated/resolvers.ts'])
  for (const file of files) {
    expect(readFileSync(new URL(`../../${file.filename}`, import.meta.url), 'utf8')).toBe(file.content)
  }
})
