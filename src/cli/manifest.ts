import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { buildManifest } from '../graphql/pipeline/manifest.ts'
import { createLimitRule } from '../graphql/pipeline/limits.ts'
import { createSchema } from '../graphql/schema.ts'
import type { AddCommand } from './context.ts'

/** Checks operations against the schema and the limits of the configuration, and lists them for `PERSISTED_OPERATIONS_FILE`. */
export const addManifest: AddCommand = (program, context) => {
  program
    .command('manifest')
    .description('writes a manifest of the operations that clients may run')
    .argument('<patterns...>', 'files with operations, such as "src/**/*.graphql"')
    .option('--out <file>', 'write it there instead of to stdout')
    .action((patterns: readonly string[], { out }: { readonly out?: string }) => {
      const files = [...new Set(patterns.flatMap((pattern) => globSync(pattern)))].toSorted()
      if (files.length === 0) throw new Error('No file fits these patterns.')
      const sources = files.map((name) => ({ name, text: readFileSync(name, 'utf8') }))
      const manifest = buildManifest(sources, createSchema(), [createLimitRule(context.config().graphql)])
      const text = `${JSON.stringify(manifest, null, 2)}\n`
      if (out === undefined) return context.write(text)
      writeFileSync(out, text)
      const { operations } = manifest
      context.answer(`${operations.length} operations, in ${out}`, { operations: operations.length, file: out })
    })
}
