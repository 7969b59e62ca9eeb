import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { DocumentNode } from 'graphql'
import { typeDefs } from '../../../src/graphql/type-defs.ts'
import { folderOf, versionOfPackage } from './check-schema.ts'
import { judge } from './judge.ts'
import {
  compareVersions,
  declarationsIn,
  fileOf,
  mayBreak,
  printRelease,
  readDeclarations,
  readLastRelease,
} from './releases.ts'

/**
 * Records the schema as that of the version, and forgets what was declared on the way to it.
 *
 * @returns what to tell
 * @throws Error where it may not be released as that version; nothing is written then
 */
export const releaseSchema = (
  folder: URL,
  now: { readonly version: string; readonly typeDefs: DocumentNode },
): string => {
  const file = fileOf(folder, now.version)
  const text = printRelease(now)
  const last = readLastRelease(folder)
  if (existsSync(file)) {
    if (readFileSync(file, 'utf8') === text) return `${now.version} is recorded, and nothing has changed since.`
    throw new Error(`${now.version} is recorded with another schema: raise the version in package.json first.`)
  }
  if (last !== null) {
    if (compareVersions(now.version, last.version) <= 0) {
      throw new Error(`${last.version} has been released: ${now.version} in package.json comes before it.`)
    }
    const declared = readDeclarations(folder)
    const { passed, report } = judge(last, { ...now, declared })
    if (!passed) throw new Error(report)
    if (declared.length > 0 && !mayBreak(last.version, now.version)) {
      throw new Error(`${now.version} may not break ${last.version}: ${declared.map(({ change }) => change).join(' ')}`)
    }
  }
  writeFileSync(file, text)
  writeFileSync(declarationsIn(folder), '[]\n')
  return `The schema of ${now.version} is recorded. Commit it with the version.`
}

if (import.meta.main) {
  console.log(releaseSchema(folderOf(process.argv[2]), { version: versionOfPackage(), typeDefs }))
}
