import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8')

const sectionOf = (markdown: string, title: string, level = '###'): string => {
  const begin = markdown.indexOf(`\n${level} ${title}\n`)
  if (begin === -1) throw new Error(`docs/security.md has no section ${title}`)
  const rest = markdown.slice(begin + 1)
  const end = rest.slice(level.length).search(new RegExp(`^#{1,${level.length}} `, 'm'))
  return end === -1 ? rest : rest.slice(0, end + level.length)
}

const cellsOf = (line: string): readonly string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())

/** Without its two lines of head. */
const rowsOf = (markdown: string): readonly (readonly string[])[] =>
  markdown
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cellsOf)
    .slice(2)

const pathsOf = (cell = ''): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path ?? '')

const THREATS = sectionOf(PAGE, 'Threats')
const ACTORS = rowsOf(sectionOf(PAGE, 'Actors')).map(([actor = '']) => /^\[(.+)\]\(#.+\)$/.exec(actor)?.[1] ?? actor)
const sections = [...THREATS.matchAll(/^#### (.+)$/gm)].map(([, title = '']) => title)
const threats = sections.flatMap((actor) =>
  rowsOf(sectionOf(THREATS, actor, '####')).map((cells) => ({ actor, cells })),
)
const ids = new Set(threats.map(({ cells: [id = ''] }) => id))

test('each actor has threats, and each threat an actor', () => {
  expect(ACTORS.length).toBeGreaterThan(10)
  expect(sections).toEqual(ACTORS)
  for (const actor of ACTORS)
    expect(threats.filter((threat) => threat.actor === actor).length, actor).toBeGreaterThan(1)
})

test('ids count up from 1 under a letter of their actor, and none is used twice', () => {
  const letters = ACTORS.map((actor) => {
    const own = threats.filter((threat) => threat.actor === actor).map(({ cells: [id = ''] }) => id)
    const letter = own[0]?.[0] ?? ''
    expect(own).toEqual(own.map((_, index) => `${letter}${index + 1}`))
    return letter
  })
  expect(new Set(letters).size).toBe(letters.length)
  expect(letters).not.toContain('R')
})

describe('a threat has an answer, code and a test that are there', () => {
  test.each(threats)('$cells.0: $cells.1', ({ cells }) => {
    const [, threat, answer, code, tests, ...more] = cells
    expect([threat, answer].every((text) => text !== undefined && text !== '')).toBe(true)
    expect(more).toEqual([])
    expect(pathsOf(code).length).toBeGreaterThan(0)
    expect(pathsOf(tests).length).toBeGreaterThan(0)
    for (const path of pathsOf(code)) expect(path).toMatch(/^src\/.+\.ts$/)
    for (const path of pathsOf(tests)) expect(path).toMatch(/^test\/.+\.ts$/)
    expect([...pathsOf(code), ...pathsOf(tests)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})

test('what guards is named by a threat or at a boundary', () => {
  const guards = globSync(
    [
      'src/server/{*-route,graphql-endpoint,sockets,event-streams,subscription-callbacks,origin,remote-address,page,body,health,graphiql}.ts',
      'src/services/{credentials,failed-credentials,user-tokens,rate-limits,receipts,erasure-proof,statement-*,idempotency}.ts',
      'src/services/{oidc/{oidc-tokens,issuer-keys,verification-key,roca},audit/{chain,blocks}}.ts',
      'src/services/authorization/return-to.ts',
      'src/graphql/authorization.ts',
      'src/graphql/pipeline/{*limits,admission,error-mask,quoted-values}.ts',
      'src/upstream/{guarded-connect,special-addresses,callback-sender,document-reader}.ts',
      'src/store/{sealing,sealed-columns,scope,key-ring}.ts',
      'src/providers/*/webhook.ts',
      'src/{log,environment,config}.ts',
    ],
    { cwd: ROOT },
  )
  expect(guards.length).toBeGreaterThan(35)
  const named = new Set([...pathsOf(THREATS), ...pathsOf(sectionOf(PAGE, 'Boundaries'))])
  expect(guards.filter((guard) => !named.has(guard))).toEqual([])
})

test('each risk of the OWASP API Top 10 names threats that are there', () => {
  const rows = rowsOf(sectionOf(PAGE, 'OWASP API Security Top 10 (2023)'))
  expect(rows.map(([risk = '']) => risk.split(' ')[0])).toEqual(
    Array.from({ length: 10 }, (_, index) => `API${index + 1}`),
  )
  for (const [risk, named = ''] of rows) {
    expect(
      named.split(', ').filter((id) => !ids.has(id)),
      risk,
    ).toEqual([])
  }
})

test('what is not answered is counted, and an id that the page names is there', () => {
  const risks = [...sectionOf(PAGE, 'Not answered').matchAll(/^- \*\*(R\d+)\. /gm)].map(([, id = '']) => id)
  expect(risks).toEqual(risks.map((_, index) => `R${index + 1}`))
  expect(risks.length).toBeGreaterThan(5)
  const mentioned = [...PAGE.matchAll(/\b([A-Z]\d{1,2})\b/g)].map(([, id = '']) => id)
  expect(mentioned.filter((id) => !ids.has(id) && !risks.includes(id))).toEqual([])
})
