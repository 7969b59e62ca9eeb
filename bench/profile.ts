/**
 * `npm run bench:profile`: a CPU profile of the gateway for each workload, and where its time went; writes the table in
 * `docs/where-the-time-goes.md`, which has the requests alone.
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
import { STREAMS, subscriptions } from './subscriptions.ts'

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

/** @param load runs gateways with those options of Node, and ends them: the profiles are written then, one for each thread */
const profile = async (title: string, load: (nodeOptions: readonly string[]) => Promise<Window>): Promise<Titled> => {
  const directory = resolve(given.out, title.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, ''))
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  const window = await load(['--cpu-prof', `--cpu-prof-dir=${directory}`])
  const profiles: CpuProfile[] = []
  for await (const file of glob('*.cpuprofile', { cwd: directory })) {
    profiles.push(JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile)
  }
  const summary = summarizeProfiles(profiles, window)
  if (summary.busy === 0) throw new Error(`the profiles in ${directory} hold nothing of the load`)
  options.say(`${describeSummary(title, summary)}\n  ${directory}\n`)
  return { title, summary }
}

const loadCase = async (of: Case, nodeOptions: readonly string[]): Promise<Window> => {
  await using stand = await createRequestStand({ ...options, nodeOptions })
  await runCase(stand, of, 'gateway', warmUpMs)
  const from = now()
  await runCase(stand, of, 'gateway', loadMs)
  return { from, to: now() }
}

/** With the start of the gateway, and with sockets as they open: what takes the time of a crowd. */
const loadStreams = async (only: string, nodeOptions: readonly string[]): Promise<Window> => {
  const from = now()
  await subscriptions.run({ ...options, only, nodeOptions })
  return { from, to: now() }
}

const all: Titled[] = []
for (const of of casesOf(options, ['USER_TOKEN'])) {
  all.push(await profile(of.workload.title, (nodeOptions) => loadCase(of, nodeOptions)))
}
for (const name of Object.values(STREAMS).filter((each) => given.only === undefined || each.includes(given.only))) {
  await profile(`subscriptions, ${name}`, (nodeOptions) => loadStreams(name, nodeOptions))
}
if (all.length > 0) {
  const text = toTablesText([{ head: ['self time in', ...all.map(({ title }) => title)], rows: toPartRows(all) }])
  options.say(text)
  if (!given.quick && given.only === undefined) {
    await writeFile(PAGE, replaceSection(await readFile(PAGE, 'utf8'), 'profile', text))
  }
}
