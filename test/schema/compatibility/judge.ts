import type { DocumentNode } from 'graphql'
import { findChanges } from './changes.ts'
import { compareVersions, type Declarations, type Release } from './releases.ts'

export interface Verdict {
  readonly passed: boolean
  /** For whoever made the change: what it is, whom it breaks, what to do. */
  readonly report: string
}

const DECLARE = 'schema/released/declared.json'

/** @param version of package.json */
export const judge = (
  last: Release | null,
  now: { readonly version: string; readonly typeDefs: DocumentNode; readonly declared: Declarations },
): Verdict => {
  if (last === null) return { passed: false, report: 'No schema is recorded: run `npm run schema:release`.' }
  if (compareVersions(now.version, last.version) < 0) {
    return { passed: false, report: `package.json says ${now.version}, but ${last.version} has been released.` }
  }
  const changes = findChanges(last.typeDefs, now.typeDefs)
  const breaking = changes.filter(({ breaks }) => breaks !== null)
  const declared = new Set(now.declared.map(({ change }) => change))
  const undeclared = breaking.filter(({ what }) => !declared.has(what))
  const found = new Set(breaking.map(({ what }) => what))
  const idle = [...declared].filter((change) => !found.has(change))
  const told = changes.filter(({ breaks }) => breaks === null)

  const lines: readonly (readonly string[])[] = [
    undeclared.length === 0
      ? []
      : [
          `${undeclared.length} breaking since ${last.version}, and not declared:`,
          ...undeclared.flatMap(({ what, breaks }) => [`  ${what}`, `      ${breaks}`]),
          'Take it back, or add beside the old what is new and mark the old with @deprecated. If it has to be, declare it:',
          ...undeclared.map(({ what }) => `  { "change": ${JSON.stringify(what)}, "reason": "..." }`),
          `in ${DECLARE}, and say in CHANGELOG.md what clients must do.`,
        ],
    idle.length === 0
      ? []
      : [
          `Declared in ${DECLARE}, but no change since ${last.version}: remove it there.`,
          ...idle.map((change) => `  ${change}`),
        ],
    told.length === 0
      ? []
      : [`Breaks nobody, but may surprise somebody, since ${last.version}:`, ...told.map(({ what }) => `  ${what}`)],
  ]
  const passed = undeclared.length === 0 && idle.length === 0
  const summary = `The schema against ${last.version}: ${breaking.length} breaking, ${declared.size} declared.`
  return { passed, report: [...lines.flat(), summary].join('\n') }
}
