import { Agent, request } from 'node:http'
import { readFileSync } from 'node:fs'
import { text as readText } from 'node:stream/consumers'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startGateway } from '../e2e/gateway-process.ts'
import { operationsOf } from '../e2e/operations.ts'
import { readSchema } from '../e2e/rights/operations.ts'
import { openCampaign } from './campaign.ts'
import { HIGH_LIMITS } from './high-limits.ts'
import { operationArbitrary } from './fuzz/operations.ts'
import { type FuzzedRequest, requestArbitrary } from './fuzz/requests.ts'

const AT_ONCE = 10
/** Nothing that is asked here takes a hundredth of it: a subscription is let go of, a query is answered. */
const PATIENCE_MS = 30_000
/** Two in five have a good credential, half of the operations keep to the schema, and what is no operation is never executed. */
const EXECUTED_SHARE = 0.08
/** What must never be in an answer: a place in our code, or what a library says of itself. */
const INSIDE =
  /\.[cm]?[jt]s:\d+|\(<anonymous>\)|node_modules|\/src\/|SQLITE|node:internal|GraphQLError:|TypeError|RangeError/

const createCaller = (base: string) => {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const { hostname, port } = new URL(base)
  return {
    close: () => agent.destroy(),
    call: ({ method, path, headers, body }: FuzzedRequest): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        const sent = request({ agent, hostname, port, method, path, headers, timeout: PATIENCE_MS }, (response) => {
          const status = response.statusCode ?? 0
          if (response.headers['content-type']?.startsWith('text/event-stream')) {
            response.destroy()
            resolve({ status, text: '' })
          } else readText(response).then((text) => resolve({ status, text }), reject)
        })
        sent.on('timeout', () => sent.destroy(new Error('was not answered')))
        sent.on('error', (error: NodeJS.ErrnoException) =>
          // Refused while the body was still on its way: the answer is the closed connection.
          error.code === 'EPIPE' || error.code === 'ECONNRESET' ? resolve({ status: 413, text: '' }) : reject(error),
        )
        sent.end(body ?? undefined)
      }),
  }
}

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024

test(
  'whatever is sent, the answer is a refusal or a result, and never a fault',
  { timeout: 1_200_000 },
  async (context) => {
    const campaign = openCampaign(context, { short: 1_000, long: 20_000 })
    await using gateway = await startGateway({ env: { ...HIGH_LIMITS, LOG_LEVEL: 'warn' } })
    const client = operationsOf(gateway)
    // Nothing that is asked can name this one, so that its token holds to the end; `demo-user` may be erased.
    const user = { externalId: 'fuzzed' }
    await client.createUser(user.externalId)
    const { consent } = await client.authorize({ user })
    const waiting = await client.begin({ user })
    const ids = [
      consent.id,
      waiting.session.id,
      waiting.step.id,
      'demo-user',
      `con_${'0'.repeat(32)}`,
      'ins_x',
      '',
      '\0',
    ]
    const token = await client.token(user.externalId)
    const credentials = [`Bearer ${gateway.apiKey}`, `Bearer ${token}`, 'Bearer x', 'Basic eDp4', '']
    const requests = requestArbitrary(operationArbitrary(readSchema(), ids), credentials)
    const caller = createCaller(gateway.url)
    const counts = new Map<number, number>()
    const resident: number[] = []
    let sent = 0

    const property = fc.asyncProperty(fc.array(requests, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (batch) => {
      const answers = await Promise.all(batch.map(caller.call))
      for (const [index, { status, text }] of answers.entries()) {
        counts.set(status, (counts.get(status) ?? 0) + 1)
        const asked = JSON.stringify(batch[index])
        expect(status, `${asked}\n${text}`).toBeLessThan(500)
        expect(text, asked).not.toMatch(/"code":"INTERNAL"/)
        // An answer quotes what was sent at most where it names it, and then no more than that.
        if (!asked.includes('/src/')) expect(text, asked).not.toMatch(INSIDE)
      }
      sent += batch.length
      resident.push(residentBytes(gateway.pid))
    })
    const seed = Math.floor(campaign.random() * 2 ** 31)
    // Not made smaller: the gateway remembers what was sent before, and each try is ten requests more.
    await fc.assert(property, { numRuns: campaign.rounds / AT_ONCE, seed, endOnFailure: true })
    caller.close()

    expect(sent).toBeGreaterThanOrEqual(campaign.rounds)
    expect(await client.consent(consent.id, 1000)).not.toBeNull()
    expect(gateway.printed.log).not.toMatch(/operation\.fault|uncaught|unhandled/i)
    expect([...counts.keys()]).toEqual(expect.arrayContaining([200, 400, 401]))
    // Enough of it was no refusal at the door.
    expect(counts.get(200)).toBeGreaterThan(sent * EXECUTED_SHARE)
    if (campaign.isLong) {
      const [half, end] = [resident[Math.floor(resident.length / 2)]!, resident.at(-1)!]
      console.log(
        `${sent} requests; answers by status: ${JSON.stringify(Object.fromEntries(counts))}; memory at the end ${(end / half).toFixed(2)} of that at half`,
      )
      expect(end / half).toBeLessThan(1.25)
    }
  },
)
