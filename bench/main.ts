/**
 * `npm run bench`: the gateway as shipped beside what it is compared with, by turns; writes `docs/performance.md` and
 * `docs/performance.svg`.
 *
 * --section=<name> one part of it: only its tables are written; may be given more than once
 * --quick          short rounds: shows that everything works, and is too noisy to be kept
 * --only=<text>    workloads whose name holds it; nothing is kept
 * --profile=<dir>  leaves a CPU profile of each gateway there; nothing is kept
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { drawPageChart } from './page-chart.ts'
import { replaceSection, toTablesText } from './report.ts'
import type { BenchOptions } from './section.ts'
import { SECTIONS } from './sections.ts'

const { values: given } = parseArgs({
  options: {
    section: { type: 'string', multiple: true },
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string' },
  },
})
const PAGE = join(import.meta.dirname, '../docs/performance.md')
const CHART = join(import.meta.dirname, '../docs/performance.svg')
const isKept = !given.quick && given.only === undefined && given.profile === undefined

const names = SECTIONS.map(({ name }) => name)
const unknown = given.section?.filter((name) => !names.includes(name)) ?? []
if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')}; there are ${names.join(', ')}`)

const options: BenchOptions = {
  quick: given.quick,
  only: given.only ?? null,
  nodeOptions: given.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${given.profile}`],
  say: (text) => void process.stdout.write(`${text}\n`),
}

/** Section by section: what was measured stays when a later one fails. */
const keep = async (name: string, text: string): Promise<void> => {
  const page = replaceSection(await readFile(PAGE, 'utf8'), name, text)
  await writeFile(PAGE, page)
  await writeFile(CHART, drawPageChart(page, SECTIONS))
}

for (const { name, run } of SECTIONS.filter(({ name }) => given.section?.includes(name) ?? true)) {
  options.say(`--- ${name}`)
  const text = toTablesText(await run(options))
  options.say(`\n${text}\n`)
  if (isKept && text !== '') await keep(name, text)
}
