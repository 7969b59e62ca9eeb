import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { ConsentId } from '../../src/domain/ids.ts'
import { openEmbeddedStore } from '../../src/store/embedded/open-embedded-store.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { bank, operationsOf } from '../e2e/operations.ts'
import { sealer, temporaryDirectory } from '../store/directory.ts'
import { settle } from '../store/entities.ts'
import { expectKept, expectWhole, openOneBank, playRound, type Sent } from './acknowledged.ts'
import { type Campaign, openCampaign } from './campaign.ts'
import { findLost } from './kept-commits.ts'

const ROUNDS = { short: 4, long: 40 }
/** The disk is full so many pages of 4 KiB after the strike at most: among the first commits, or after some rounds. */
const MOST_PAGES_LEFT = 6
const PAGE_BYTES = 4096
/** Each takes a page or two of the log. */
const MOST_CHANGES = 500

const SMALL_DISK = pathToFileURL(join(import.meta.dirname, 'programs/small-disk.ts')).href
const WRITER = join(import.meta.dirname, '../store/programs/write-until-killed.ts')

/** A disk that can be filled and emptied under a process that runs. */
interface Disk {
  /** For the process that uses it. */
  readonly env: Readonly<Record<string, string>>
  shrink(pid: number, pagesLeft: number): void
  empty(pid: number): void
}

/** SQLite finds no page any more: SQLITE_FULL, as with ENOSPC. */
const noPages = (directory: string): Disk => {
  const control = join(directory, 'pages-left')
  writeFileSync(control, '')
  return {
    env: { NODE_OPTIONS: `--import=${SMALL_DISK}`, SMALL_DISK: control },
    shrink: (_, pagesLeft) => writeFileSync(control, String(pagesLeft)),
    empty: () => writeFileSync(control, ''),
  }
}

const limitFiles = (pid: number, bytes: string): void => {
  // The soft limit, which can be raised again.
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}

const sizeOf = (file: string): number => Number(execFileSync('stat', ['--format=%s', file], { encoding: 'utf8' }))

/** The kernel refuses what lies beyond a size: EFBIG in the middle of a write. */
const shortFiles = (): Disk => ({
  env: {},
  // Far below what the log has reached, so that it cannot begin again at its start for long.
  shrink: (pid, pagesLeft) => limitFiles(pid, String(pagesLeft * PAGE_BYTES + 100)),
  empty: (pid) => limitFiles(pid, 'unlimited'),
})

const DISKS = [
  ['no page left', noPages],
  ...(process.platform === 'linux' ? ([['files at their greatest size', shortFiles]] as const) : []),
] as const

const readiness = async ({ url }: GatewayProcess) => {
  const response = await fetch(`${url}/health/ready`)
  return { http: response.status, ...((await response.json()) as { checks: Record<string, string> }) }
}

/** Changes something until that is refused. */
const untilRefused = async (gateway: GatewayProcess) => {
  for (let changes = 0; changes < MOST_CHANGES; changes += 1) {
    const answer = await gateway.ask(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } userErrors { ... on UserError { code } } } }',
      { input: { externalId: `filler-${Math.random()}`.padEnd(200, '-') } },
    )
    if (answer.errors.length > 0) return answer
  }
  throw new Error(`${MOST_CHANGES} changes were taken.`)
}

interface Source {
  readonly outcome: string
  readonly problem: { readonly code: string } | null
}

const expectReadable = async (gateway: GatewayProcess, sent: readonly Sent[]): Promise<void> => {
  await expectKept(gateway, sent)
  // What the bank says is told only where nothing of it is new: what cannot be kept is not shown either.
  const { user } = await gateway.graphql<{ user: { consents: { nodes: unknown[]; sources: Source[] } } }>(
    `{ user(ref: { externalId: "demo-user" }) { consents(first: 5, maxAgeSeconds: 0) {
      nodes { id status } sources { outcome problem { code } }
    } } }`,
  )
  expect(user.consents.nodes.length).toBeGreaterThan(0)
  for (const { outcome, problem } of user.consents.sources) {
    expect(outcome === 'LIVE' || problem?.code === 'PROVIDER_UNAVAILABLE').toBe(true)
  }
  expect(await fetch(`${gateway.url}/health/live`)).toMatchObject({ status: 200 })
}

const playFullDisk = async (
  gateway: GatewayProcess,
  oneBank: Awaited<ReturnType<typeof openOneBank>>,
  disk: Disk,
  { random }: Campaign,
  round: number,
): Promise<readonly Sent[]> => {
  const { pid } = gateway
  expect(await readiness(gateway)).toMatchObject({ http: 200, checks: { store: 'UP' } })
  const strike = async (withinMs: number): Promise<void> => {
    await delay(random() * withinMs)
    disk.shrink(pid, Math.floor(random() * MOST_PAGES_LEFT))
  }
  const sent = await playRound(gateway, oneBank, { number: round, random, strike })
  for (const { lost } of sent) if (lost !== null) expect(lost).toContain('STORE_UNAVAILABLE')

  expect(await untilRefused(gateway)).toMatchObject({
    status: 503,
    errors: [{ message: expect.stringMatching(/disk of the store (is full|failed)/) as string, extensions: REFUSED }],
  })
  expect(await readiness(gateway)).toMatchObject({ http: 503, checks: { store: 'DOWN' } })
  await expectReadable(gateway, sent)

  disk.empty(pid)
  await expect.poll(() => readiness(gateway), { timeout: 10_000 }).toMatchObject({ http: 200 })
  expect((await operationsOf(gateway).start({ target: { institutionId: bank('sandbox.otp') } })).userErrors).toEqual([])
  return sent
}

const REFUSED = { code: 'STORE_UNAVAILABLE', retryable: true }

describe.each(DISKS)('a disk that is full: %s', (_, createDisk) => {
  test(
    'refuses changes and says so, reads on, loses nothing, and works again once there is room',
    { timeout: 900_000 },
    async (context) => {
      const campaign = openCampaign(context, ROUNDS)
      await using directory = await temporaryDirectory()
      await using oneBank = await openOneBank(directory.path)
      const disk = createDisk(directory.path)
      await using gateway = await startGateway({ ...oneBank, env: { ...oneBank.env, ...disk.env } })
      const sent: Sent[] = []
      for (let round = 0; round < campaign.rounds; round += 1) {
        sent.push(...(await playFullDisk(gateway, oneBank, disk, campaign, round)))
      }
      await expectKept(gateway, sent)
      await expectWhole(gateway, oneBank, sent)
      const refused = sent.filter(({ lost }) => lost !== null).length
      expect(refused).toBeGreaterThan(0)
      expect(refused).toBeLessThan(sent.length)
      if (campaign.isLong) console.log(`${campaign.rounds} full disks, ${refused} of ${sent.length} mutations refused`)
    },
  )
})

test.skipIf(process.platform !== 'linux')(
  'the store alone: what it acknowledged before the end of the disk is there',
  async (context) => {
    const { rounds, random } = openCampaign(context, ROUNDS)
    await using directory = await temporaryDirectory()
    const store = await openEmbeddedStore({ directory: directory.path, sealer })
    const tenant = await settle(store)
    await store.close()
    for (let round = 0; round < rounds; round += 1) {
      const size = sizeOf(join(directory.path, 'consentgraph.db'))
      const bytes = size + Math.floor(random() * 200) * PAGE_BYTES
      const limited = [`--fsize=${bytes}`, process.execPath, WRITER, directory.path, tenant.client.id, tenant.user.id]
      const writer = spawn('prlimit', limited, { stdio: ['ignore', 'pipe', 'pipe'] })
      const printed = { out: '', log: '' }
      writer.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text))
      writer.stderr.setEncoding('utf8').on('data', (text: string) => (printed.log += text))
      await once(writer, 'close')
      expect(printed.log).toContain('STORE_UNAVAILABLE')
      const acknowledged = printed.out.split('\n').slice(0, -1) as ConsentId[]
      expect(await findLost(directory.path, tenant, acknowledged)).toEqual([])
    }
  },
)
