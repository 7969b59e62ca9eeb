import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'

const lockfile = z.object({
  packages: z.record(z.string(), z.object({ optionalDependencies: z.record(z.string(), z.string()).default({}) })),
})

/** Where Node would look for it, from the folder of the package that wants it outwards. */
const candidates = (folder: string, wanted: string): string[] => {
  const parts = folder === '' ? [] : folder.split('/node_modules/')
  return [...parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`), ''].map(
    (place) => `${place}node_modules/${wanted}`,
  )
}

const LOCKFILES = [
  'package-lock.json',
  'bench/peers/package-lock.json',
  'examples/federation/routers/package-lock.json',
]

describe.each(LOCKFILES)('%s', (path) => {
  const text = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

  // A package published before those of its platforms is locked without them, and then `npm ci` refuses the lock file.
  test('holds every platform package', () => {
    const { packages } = lockfile.parse(JSON.parse(text))
    const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies }]) =>
      Object.keys(optionalDependencies)
        .filter((wanted) => !candidates(folder, wanted).some((place) => place in packages))
        .map((wanted) => `${folder}: ${wanted}`),
    )
    expect(missing).toEqual([])
  })

  test('says of no package where it was downloaded', () => {
    expect(text).not.toContain('"resolved"')
  })
})
