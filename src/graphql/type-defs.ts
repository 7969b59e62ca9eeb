import { readdirSync, readFileSync } from 'node:fs'

import { type DocumentNode, Kind, parse, Source } from 'graphql'

const SCHEMA_FOLDER = new URL('../../schema/', import.meta.url)

const readSources = (): readonly Source[] =>
  readdirSync(SCHEMA_FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .toSorted()
    .map((name) => new Source(readFileSync(new URL(name, SCHEMA_FOLDER), 'utf8'), `schema/${name}`))

/** The public contract, read once at start. A fault in the SDL stops the start with the file and line. */
export const typeDefs: DocumentNode = {
  kind: Kind.DOCUMENT,
  definitions: readSources().flatMap((source) => parse(source).definitions),
}
