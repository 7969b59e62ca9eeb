import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createLog, type Log } from '../../src/log.ts'
import { causedBy } from '../../src/services/audit/cause.ts'

const CANARY = 'canary-0a1b2c3d'

const capture = (level: string): { log: Log; lines: () => readonly Record<string, unknown>[]; text: () => string } => {
  let text = ''
  const destination = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      text += chunk.toString()
      done()
    },
  })
  return {
    log: createLog(level, destination),
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  }
}

/** As a caller that the compiler does not see through could pass them on. */
const smuggled = (facts: object) => facts as Parameters<Log['report']>[1]

describe('a line of the log', () => {
  test('has what may be told, and the rest is dropped, however deep', () => {
    const { log, lines } = capture('trace')
    log.report('x', smuggled({ code: 'NOT_FOUND', provider: 'FISKIL', otp: CANARY, psu: { phone: CANARY } }))
    log.report('x', smuggled({ code: { toString: () => CANARY }, subject: [CANARY], toString: CANARY }))
    expect(lines()).toMatchObject([{ event: 'x', code: 'NOT_FOUND', provider: 'FISKIL' }, { event: 'x' }])
    expect(JSON.stringify(lines())).not.toContain(CANARY)
  })

  test('says of an error where it came from, and never what it says, through all its causes', () => {
    const { log, lines, text } = capture('trace')
    const inner = Object.assign(new TypeError(`${CANARY}\n    at ${CANARY} inside`), {
      code: 'ECONNRESET',
      body: CANARY,
    })
    const outer = new GatewayError('OUTCOME_UNKNOWN', { message: CANARY, cause: inner })
    log.report('x', {}, outer)
    log.report('x', {}, new AggregateError([new Error(CANARY)], CANARY))
    log.report('x', {}, CANARY)
    log.report('x', {}, { message: CANARY })
    expect(lines()[0]).toMatchObject({
      errors: [{ code: 'OUTCOME_UNKNOWN' }, { name: 'TypeError', code: 'ECONNRESET' }],
    })
    expect(text()).not.toContain(CANARY)
  })

  test.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])(
    'holds no text from elsewhere at the level %s',
    (level) => {
      fc.assert(
        fc.property(fc.object({ maxDepth: 3, withNullPrototype: true }), fc.string(), (facts, message) => {
          const { log, text } = capture(level)
          log.report('x', smuggled({ ...facts, anything: CANARY }), new Error(CANARY + message))
          log.info('x', smuggled({ ...facts, message: CANARY }))
          return !text().includes(CANARY)
        }),
        { seed: 1911, numRuns: 100 },
      )
    },
  )

  test('is one line, whatever a word holds', () => {
    const { log, lines } = capture('trace')
    log.report('x', { subject: 'a\n{"event":"forged"}\r\u2028\u0000' })
    expect(lines()).toHaveLength(1)
  })

  test('names the request that it belongs to, also where nobody passed its id down', () => {
    const { log, lines } = capture('trace')
    causedBy({ actor: 'PROVIDER', action: 'webhook fiskil', requestId: 'req_1' }, () => {
      log.report('x', {})
      log.report('x', { requestId: 'req_2' })
    })
    log.report('x', {})
    expect(lines().map(({ requestId }) => requestId)).toEqual(['req_1', 'req_2', undefined])
  })
})
