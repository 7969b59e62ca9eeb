import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { typeDefs } from '../../../src/graphql/type-defs.ts'
import { judge } from './judge.ts'
import { readDeclarations, readLastRelease } from './releases.ts'

const RELEASED = new URL('../../../schema/released/', import.meta.url)

export const versionOfPackage = (): string => {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

/** The folder of the records: the repository's own where the command line names none. */
export const folderOf = (argument: string | undefined): URL =>
  argument === undefined ? RELEASED : pathToFileURL(`${argument}/`)

if (import.meta.main) {
  const folder = folderOf(process.argv[2])
  const now = { version: versionOfPackage(), typeDefs, declared: readDeclarations(folder) }
  const { passed, report } = judge(readLastRelease(folder), now)
  console.log(report)
  if (!passed) process.exitCode = 1
}
