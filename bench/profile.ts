/**
 * `npm run bench:profile`: a CPU profile of the gateway for each workload, and where its time went; writes the table in
 * `docs/where-the-time-goes.md`.
 *
 * --out=<dir>     where the profiles are left, for a viewer; `profiles` by default
 * --only=<text>   workloads whose name holds it; nothing is kept in the page
 * --quick         short loads, too short to be kept in the page
 */
import { glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type CpuProfile,
  describeSummary,
  summarizeProfiles,
  type Titled,
  toPartRows,
  type Window,
} from './profile-summary.ts'
import { replaceSection, toTablesText } from './report.ts'
import { casesOf, createRequestStand, runCase } from './request-stand.ts'
import type { BenchOptions } from './section.ts'
import type { Case } from './sides.ts'

const { values: given } = parseArgs({
  options: {
    out: { type: 'string', default: 'profiles' },
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const PAGE = join(import.meta.dirname, '../docs/where-the-time-goes.md')
const options: BenchOptions = {
  quick: given.quick,
  only: given.only ?? null,
  nodeOptions: [],
  say: (text) => void process.stdout.write(`${text}\n`),
}
const [warmUpMs, loadMs] = given.quick ? [250, 1_000] : [3_000, 10_000]

const now = (): number => Number(process.hrtime.bigint() / 1_000n)

const profile = async (of: Case): Promise<Titled> => {
  const { title } = of.workload
  const directory = resolve(given.out, title.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, ''))
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const load = async (): Promise<Window> => {
    // Written when the gateway ends, one file for each of its threads.
    await using stand = await createRequestStand({
      ...options,
      nodeOptions: ['--cpu-prof', `--cpu-prof-dir=${directory}`],
    })
    await runCase(stand, of, 'gateway', warmUpMs)
    const from = now()
    await runCase(stand, of, 'gateway', loadMs)
    return { from, to: now() }
  }
  const window = await load()
  const profiles: CpuProfile[] = []
  for await (const file of glob('*.cpuprofile', { cwd: directory })) {
    profiles.push(JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile)
  }
  const summary = summarizeProfiles(profiles, window)
  if (summary.busy === 0) throw new Error(`the profiles in ${directory} hold nothing of the load`)
  options.say(`${describeSummary(title, summary)}\n  ${directory}\n`)
  return { title, summary }
}

const all: Titled[] = []
for (const of of casesOf(options, ['USER_TOKEN'])) all.push(await profile(of))
const text = toTablesText([{ head: ['self time in', ...all.map(({ title }) => title)], rows: toPartRows(all) }])
options.say(text)
if (!given.quick && given.only === undefined) {
  await writeFile(PAGE, replaceSection(await readFile(PAGE, 'utf8'), 'profile', text))
}
