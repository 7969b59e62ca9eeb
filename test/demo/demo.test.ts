import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposableSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { ANSWER, CREATE } from '../e2e/sandbox-control.ts'

const ROOT = join(import.meta.dirname, '../..')
const DONE = /\nDone\.\n$/

/** `npm run demo`, as a person starts it. */
const start = (env: Readonly<Record<string, string>> = {}, ...flows: readonly string[]): ChildProcess =>
  spawn('npm', ['run', '--silent', 'demo', '--', ...flows], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })

const play = async (
  env: Readonly<Record<string, string>> = {},
  ...flows: readonly string[]
): Promise<{ readonly code: number | null; readonly shown: string }> => {
  const child = start(env, ...flows)
  let shown = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (shown += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, shown }
}

interface Line {
  readonly atMs: number
  /** The flow, or `all`. */
  readonly name: string
  readonly text: string
}

const linesOf = (shown: string): readonly Line[] =>
  [...shown.matchAll(/^ *([\d.]+) s {2}(\w+) +(.+)$/gm)].map(([, at, name = '', text = '']) => ({
    atMs: Math.round(Number(at) * 1000),
    name,
    text,
  }))

/** What came over the WebSocket for one flow, in the order in which it was shown. */
const liveOf = (shown: string, flow: string): readonly string[] =>
  linesOf(shown).flatMap(({ name, text }) => (name === flow && text.startsWith('<- ') ? [text.slice(3)] : []))

/** Each row of the table by its flow, without the time that it took. */
const tableOf = (shown: string): Readonly<Record<string, readonly string[]>> => {
  const [, table = ''] = /\n(flow {2}[^]*?)\n\n/.exec(shown) ?? []
  const rows = table.split('\n').map((row) => row.split(/ {2,}/))
  return Object.fromEntries(
    rows.map(([flow = '', ...cells]) => [flow, cells.filter((cell) => !/^[\d.]+ s$/.test(cell))]),
  )
}

const BUSY = { code: 429, message: 'OBP-10018: Too Many Requests.' }

const FLOWS = ['otp', 'redirect', 'hosted', 'bankid'] as const

const WHOLE_LIFE = [
  'status INITIATED',
  'status AWAITING_AUTHORIZATION',
  'status AUTHORIZED',
  'status REVOKED (REVOKED_BY_USER)',
  'revocation PROVIDER_PENDING',
  'revocation CONFIRMED',
]

const lifeOf = (shown: string, flow: string): readonly string[] =>
  liveOf(shown, flow).filter((text) => /^(?:status|revocation) /.test(text))

describe('with a gateway of its own', () => {
  let shown = ''

  test('shows four whole lives, and leaves nothing behind', { timeout: 30_000 }, async () => {
    using temporary = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-test-'))
    // Its own gateway must not see these.
    const env = { TMPDIR: temporary.path, OBP_BASE_URL: 'not an address', PORT: '1' }
    const played = await play(env)
    shown = played.shown
    expect(shown).toMatch(DONE)
    for (const flow of FLOWS) expect([flow, ...lifeOf(shown, flow)]).toEqual([flow, ...WHOLE_LIFE])
    expect(played.code).toBe(0)
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('consentgraph-demo'))).toEqual([])
    const [, url] = /gateway at (\S+)/.exec(shown) ?? []
    await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed')
  })

  test('the four are under way at the same time, over one stream', () => {
    const lines = linesOf(shown)
    const first = (wanted: (line: Line) => boolean): number => lines.findIndex(wanted)
    const begun = FLOWS.map((flow) => first(({ name }) => name === flow))
    expect(begun).not.toContain(-1)
    expect(Math.max(...begun)).toBeLessThan(first(({ text }) => text === '<- status AUTHORIZED'))
    expect(lines.filter(({ text }) => text.startsWith('<- snapshot'))).toMatchObject([{ name: 'all' }])
    expect(lines.map(({ atMs }) => atMs)).toEqual(lines.map(({ atMs }) => atMs).toSorted((a, b) => a - b))
  })

  test('frames of the QR code come one after the other, and one of them is scanned', () => {
    const frames = liveOf(shown, 'bankid').flatMap((text) => /^frame (\d+) /.exec(text)?.[1] ?? [])
    expect(frames.length).toBeGreaterThanOrEqual(3)
    expect(frames.map(Number)).toEqual([...new Set(frames.map(Number))].toSorted((a, b) => a - b))
    const [, scanned] = /The phone scans frame (\d+)\./.exec(shown) ?? []
    expect(frames).toContain(scanned)
    expect(liveOf(shown, 'bankid')).toContain('the code is scanned')
    expect(shown).toContain(`scanned 1 of ${frames.length} QR frames`)
  })

  test('a table says what happened', () => {
    expect(tableOf(shown)).toMatchObject({
      otp: ['Open Bank Project', 'typed a code from an SMS', 'REVOKED', 'CONFIRMED'],
      redirect: ['Enable Banking', 'approved on page 3 of the bank', 'REVOKED', 'CONFIRMED'],
      hosted: ['Fiskil', 'typed a code, approved on page 4', 'REVOKED', 'CONFIRMED'],
      bankid: ['Insurely', expect.stringMatching(/^scanned 1 of \d+ QR frames, approved$/), 'REVOKED', 'CONFIRMED'],
    })
  })

  test('nothing is shown that would let somebody else in, and no colors where there is no terminal', () => {
    expect(shown).not.toMatch(/bankid\.[\w-]+\.\d+|eyJ|[?&](?:code|state)=/)
    expect(shown).not.toContain('\u001b')
  })

  test.each([
    ['at once', ''],
    ['while it shows a code', 'frame 1 '],
  ])('stopped by Ctrl-C %s it says so, and leaves nothing behind', async (_, moment) => {
    using temporary = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-test-'))
    const child = start({ TMPDIR: temporary.path })
    let text = ''
    let isStopped = false
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      if (isStopped || !text.includes(moment) || child.pid === undefined) return
      isStopped = true
      process.kill(-child.pid, 'SIGINT')
    })
    await once(child, 'close')
    expect(isStopped).toBe(true)
    expect(text.match(/Failed: .+/g)).toEqual(['Failed: INTERRUPTED'])
    expect(child.exitCode).not.toBe(0)
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('consentgraph-demo'))).toEqual([])
  })
})

describe('with a running gateway', () => {
  let gateway: GatewayProcess
  let env: Readonly<Record<string, string>>

  beforeAll(async () => {
    gateway = await startGateway()
    env = { CONSENTGRAPH_URL: gateway.url, CONSENTGRAPH_API_KEY: gateway.apiKey }
  })
  afterAll(() => gateway[Symbol.asyncDispose]())

  test('shows the flows that are named, and leaves the gateway running', async () => {
    const { code, shown } = await play(env, 'otp', 'hosted')
    expect(new Set(linesOf(shown).map(({ name }) => name))).toEqual(new Set(['all', 'otp', 'hosted']))
    for (const flow of ['otp', 'hosted']) expect(lifeOf(shown, flow)).toEqual(WHOLE_LIFE)
    expect(shown).toMatch(DONE)
    expect(code).toBe(0)
    expect(await gateway.graphql('{ viewer { scopes } }')).toBeTruthy()
  })

  test.each([
    ['the bank is busy', { kind: 'status', status: 429, body: BUSY, match: CREATE }, 'PROVIDER_RATE_LIMITED'],
    ['the answer to the code is lost', { kind: 'reset-after-effect', match: ANSWER }, 'OUTCOME_UNKNOWN'],
  ])('fails with the code and what to do when %s', async (_, fault, expected) => {
    const sandbox = await gateway.sandbox()
    await sandbox.fault(fault)
    const { code, shown } = await play(env, 'otp')
    await sandbox.heal()
    expect(shown).toMatch(new RegExp(`\nFailed: ${expected}`))
    expect(shown).toMatch(/What happened {2}\S.*\n {2}What to do {5}\S/)
    expect(shown).not.toMatch(DONE)
    expect(code).toBe(1)
  })

  test('a flow that fails leaves the others alone', async () => {
    const sandbox = await gateway.sandbox()
    await sandbox.fault({ kind: 'status', status: 429, body: BUSY, match: CREATE })
    const { code, shown } = await play(env, 'otp', 'redirect')
    await sandbox.heal()
    expect(lifeOf(shown, 'redirect')).toEqual(WHOLE_LIFE)
    expect(tableOf(shown)).toMatchObject({ otp: ['Open Bank Project', '-', '-', 'FAILED', '-'] })
    expect(shown).toContain('\nFailed: PROVIDER_RATE_LIMITED in otp\n')
    expect(code).toBe(1)
  })

  test.each([
    ['a wrong key', { CONSENTGRAPH_API_KEY: 'wrong' }, 'UNAUTHENTICATED'],
    ['no key', { CONSENTGRAPH_API_KEY: '' }, 'NO_KEY'],
    ['nobody there', { CONSENTGRAPH_URL: 'http://127.0.0.1:1' }, 'UNREACHABLE'],
  ])('fails with %s', async (_, changed, expected) => {
    const { code, shown } = await play({ ...env, ...changed }, 'otp')
    expect(shown).toContain(`Failed: ${expected}\n`)
    expect(code).toBe(1)
  })

  test('names the flows when asked for another', async () => {
    const { code, shown } = await play(env, 'telepathy')
    expect(shown).toContain('Failed: UNKNOWN_FLOW')
    expect(shown).toContain('otp')
    expect(code).toBe(1)
  })
})
