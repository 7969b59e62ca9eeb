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

/** What came over the WebSocket, in the order in which it was shown. */
const liveOf = (shown: string): readonly string[] => [...shown.matchAll(/<- (.+)/g)].map(([, text]) => text ?? '')

const BUSY = { code: 429, message: 'OBP-10018: Too Many Requests.' }

const WHOLE_LIFE = [
  'snapshot: no consents yet',
  'status INITIATED',
  'status AWAITING_AUTHORIZATION',
  'next step: Enter the code',
  'status AUTHORIZED',
  'status REVOKED (REVOKED_BY_USER)',
  'revocation PROVIDER_PENDING',
  'revocation CONFIRMED',
]

describe('with a gateway of its own', () => {
  test('shows a whole life, and leaves nothing behind', async () => {
    using temporary = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-test-'))
    // Its own gateway must not see these.
    const env = { TMPDIR: temporary.path, OBP_BASE_URL: 'not an address', PORT: '1' }
    const { code, shown } = await play(env, 'otp')
    expect(shown).toMatch(DONE)
    expect(liveOf(shown)).toEqual(WHOLE_LIFE)
    expect(shown).toContain('account: Current account')
    expect(shown).not.toContain('\u001b')
    expect(code).toBe(0)
    expect(readdirSync(temporary.path).filter((name) => name.startsWith('consentgraph-demo'))).toEqual([])
    const [, url] = /gateway at (\S+)/.exec(shown) ?? []
    await expect(fetch(`${url}/health/live`)).rejects.toThrow('fetch failed')
  })

  test('stopped by Ctrl-C it says so, and leaves nothing behind', async () => {
    using temporary = mkdtempDisposableSync(join(tmpdir(), 'consentgraph-test-'))
    const child = start({ TMPDIR: temporary.path })
    let shown = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (shown === '' && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
      shown += text
    })
    await once(child, 'close')
    expect(shown).toContain('Failed: INTERRUPTED')
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

  test('shows the same, and leaves the gateway running', async () => {
    const { code, shown } = await play(env)
    expect(liveOf(shown).slice(0, WHOLE_LIFE.length)).toEqual(WHOLE_LIFE)
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
