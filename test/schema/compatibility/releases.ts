import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type DocumentNode, parse, print } from 'graphql'
import * as z from 'zod'

/** One breaking change, by the sentence with which the check names it. */
const declarations = z.array(z.strictObject({ change: z.string().min(1), reason: z.string().trim().min(10) }))
export type Declarations = z.infer<typeof declarations>

type Version = readonly [major: number, minor: number, patch: number]

/** @throws Error for anything but three numbers */
export const parseVersion = (text: string): Version => {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number)
  if (parts === undefined) throw new Error(`${text} is no version such as 1.2.3.`)
  return parts as unknown as Version
}

/** Negative where the first is the older one. */
export const compareVersions = (a: string, b: string): number => {
  const other = parseVersion(b)
  return (
    parseVersion(a)
      .map((part, index) => part - (other[index] ?? 0))
      .find((difference) => difference !== 0) ?? 0
  )
}

/** A minor version may break before 1.0.0, a major one from then on. */
export const mayBreak = (from: string, to: string): boolean => {
  const [major, minor] = parseVersion(from)
  const [nextMajor, nextMinor] = parseVersion(to)
  return nextMajor > major || (nextMajor === 0 && nextMinor > minor)
}

export interface Release {
  readonly version: string
  readonly typeDefs: DocumentNode
}

const HEADER = (version: string): string =>
  `# The subgraph as released in ${version}. Written by \`npm run schema:release\`; never changed after.\n`

export const printRelease = ({ version, typeDefs }: Release): string => `${HEADER(version)}${print(typeDefs)}\n`

export const fileOf = (folder: URL, version: string): URL => new URL(`${version}.graphql`, folder)

export const declarationsIn = (folder: URL): URL => new URL('declared.json', folder)

/** The newest that is recorded; null where none is. */
export const readLastRelease = (folder: URL): Release | null => {
  const versions = (existsSync(folder) ? readdirSync(folder) : [])
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => name.slice(0, -'.graphql'.length))
    .toSorted(compareVersions)
  const version = versions.at(-1)
  return version === undefined
    ? null
    : { version, typeDefs: parse(readFileSync(fileOf(folder, version), 'utf8'), { noLocation: true }) }
}

/** @throws Error where the file is not a list of changes with reasons */
export const readDeclarations = (folder: URL): Declarations => {
  const file = declarationsIn(folder)
  if (!existsSync(file)) return []
  const read = declarations.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (read.success) return read.data
  throw new Error(`declared.json holds { "change", "reason" }, each a sentence: ${z.prettifyError(read.error)}`)
}
