import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import assert from 'node:assert/strict'

/**
 * What the README promises of a fresh clone: `npm start` prints an endpoint and an API key, the key works, a signal
 * ends it with 0, and the next start finds what was written. Runs in the root of the clone.
 */

const START_DEADLINE_MS = 40_000
const STOP_DEADLINE_MS = 20_000

interface Started {
  readonly endpoint: string
  readonly apiKey: string | null
}

const printed: string[] = []

const start = (): ChildProcess =>
  spawn('npm', ['start'], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that the whole of it can be signalled as a terminal does.
    detached: true,
  })

const signalGroup = (child: ChildProcess, name: NodeJS.Signals): void => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name)
}

/**
 * A supervisor signals npm alone, which passes it on. Ctrl-C reaches npm and the gateway together, so that the gateway
 * gets it twice: the second may not spoil the exit that the first began, however late it comes.
 */
const STOPS = {
  terminal: (child: ChildProcess) => signalGroup(child, 'SIGINT'),
  supervisor: (child: ChildProcess) => child.kill('SIGTERM'),
} as const

const firstMatch = (pattern: RegExp, lines: readonly string[]): string | null =>
  lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined) ?? null

/** Resolves once the endpoint is printed, and the key where one is wanted. */
const untilStarted = async (child: ChildProcess, wantsKey: boolean): Promise<Started> => {
  assert(child.stdout && child.stderr)
  child.stderr.pipe(process.stderr)
  const lines: string[] = []
  const deadline = setTimeout(() => signalGroup(child, 'SIGKILL'), START_DEADLINE_MS)
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    printed.push(line)
    const endpoint = firstMatch(/(https?:\/\/\S+?\/graphql)\b/, lines)
    const apiKey = firstMatch(/\bAPI key\b.*?([\w.-]{16,})/i, lines)
    if (endpoint !== null && (apiKey !== null || !wantsKey)) {
      clearTimeout(deadline)
      // Read on, so that a full pipe does not stop it.
      child.stdout.resume()
      return { endpoint, apiKey }
    }
  }
  throw new Error(
    `npm start ended, or printed no ${wantsKey ? 'endpoint and API key' : 'endpoint'}, in ${START_DEADLINE_MS} ms`,
  )
}

const ask = async (endpoint: string, apiKey: string, query: string): Promise<unknown> => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(10_000),
  })
  const body = (await response.json()) as { readonly data?: unknown; readonly errors?: unknown }
  assert.equal(body.errors, undefined, JSON.stringify(body.errors))
  return body.data
}

const withGateway = async <T>(
  run: { readonly wantsKey: boolean; readonly stop: keyof typeof STOPS },
  use: (started: Started) => Promise<T>,
): Promise<T> => {
  const child = start()
  try {
    const result = await use(await untilStarted(child, run.wantsKey))
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_DEADLINE_MS) })
    STOPS[run.stop](child)
    assert.deepEqual(await ended, [0, null], `npm start did not end with 0 when stopped by a ${run.stop}`)
    return result
  } finally {
    signalGroup(child, 'SIGKILL')
  }
}

const EXTERNAL_ID = 'start-check'

try {
  const first = await withGateway({ wantsKey: true, stop: 'terminal' }, async ({ endpoint, apiKey }) => {
    assert(apiKey)
    const data = await ask(
      endpoint,
      apiKey,
      `mutation { createUser(input: { externalId: "${EXTERNAL_ID}" }) { user { id } userErrors { __typename } } }`,
    )
    return { apiKey, data: data as { readonly createUser: { readonly user: { readonly id: string } } } }
  })
  const again = await withGateway({ wantsKey: false, stop: 'supervisor' }, ({ endpoint }) =>
    ask(endpoint, first.apiKey, `{ user(ref: { externalId: "${EXTERNAL_ID}" }) { id } }`),
  )
  assert.deepEqual(again, { user: { id: first.data.createUser.user.id } })
  console.log('npm start: the printed key works, signals end it with 0, and the next start finds the data.')
} catch (error) {
  console.error(printed.join('\n'))
  throw error
}
