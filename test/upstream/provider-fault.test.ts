import { afterEach, expect, test, vi } from 'vitest'
import type { ErrorCode } from '../../src/domain/errors.ts'
import { toProviderFault } from '../../src/upstream/provider-fault.ts'
import type { Effect } from '../../src/upstream/request.ts'
import { type ResponseHeaders, toContractFault, UpstreamResponse } from '../../src/upstream/response.ts'
import { createUpstream } from '../../src/upstream/upstream.ts'
import { request, startHttp } from './servers.ts'

const answer = (
  status: number,
  parts: { effect?: Effect; headers?: ResponseHeaders; text?: string; earlierLost?: boolean } = {},
): UpstreamResponse =>
  new UpstreamResponse({
    operation: 'test',
    effect: 'none',
    headers: {},
    text: '',
    earlierLost: false,
    status,
    ...parts,
  })

const CODES: readonly (readonly [status: number, read: ErrorCode, write: ErrorCode])[] = [
  [200, 'PROVIDER_CONTRACT_VIOLATION', 'PROVIDER_CONTRACT_VIOLATION'],
  [302, 'PROVIDER_CONTRACT_VIOLATION', 'PROVIDER_CONTRACT_VIOLATION'],
  [400, 'PROVIDER_REJECTED', 'PROVIDER_REJECTED'],
  [401, 'PROVIDER_CREDENTIALS_INVALID', 'PROVIDER_CREDENTIALS_INVALID'],
  [403, 'PROVIDER_CREDENTIALS_INVALID', 'PROVIDER_CREDENTIALS_INVALID'],
  [404, 'PROVIDER_REJECTED', 'PROVIDER_REJECTED'],
  [408, 'PROVIDER_TIMEOUT', 'OUTCOME_UNKNOWN'],
  [429, 'PROVIDER_RATE_LIMITED', 'PROVIDER_RATE_LIMITED'],
  [500, 'PROVIDER_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  [501, 'PROVIDER_UNAVAILABLE', 'PROVIDER_UNAVAILABLE'],
  [502, 'PROVIDER_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  [503, 'PROVIDER_UNAVAILABLE', 'PROVIDER_UNAVAILABLE'],
  [504, 'PROVIDER_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
  [524, 'PROVIDER_UNAVAILABLE', 'OUTCOME_UNKNOWN'],
]

test.each(CODES)('%i: %s for a read, %s where an effect is possible', (status, read, write) => {
  expect(toProviderFault(answer(status)).code).toBe(read)
  expect(toProviderFault(answer(status, { effect: 'possible' })).code).toBe(write)
})

test.each([302, 404, 409, 429, 503])(
  '%i after an attempt whose answer was lost leaves the outcome unknown',
  (status) => {
    expect(toProviderFault(answer(status, { effect: 'possible', earlierLost: true })).code).toBe('OUTCOME_UNKNOWN')
  },
)

test('a success after an attempt whose answer was lost is a success', () => {
  expect(answer(201, { effect: 'possible', earlierLost: true }).uncertain).toBe(false)
})

test.each([
  ['OBP-35001', 'OBP-35001'],
  ['bad_request', 'bad_request'],
  ['Person 19121212-1212 is not a customer', null],
  ['', null],
  [null, null],
])('the provider’s code %j is shown as %j', (providerCode, shown) => {
  expect(toProviderFault(answer(400), { providerCode }).providerCode).toBe(shown)
})

afterEach(() => vi.unstubAllEnvs())

const NOW = new Date('2026-11-20T08:00:00.000Z')
const after = (ms: number): Date => new Date(NOW.getTime() + ms)
const DAY_MS = 24 * 60 * 60 * 1_000

test.each<[name: string, status: number, headers: ResponseHeaders, retryAt: Date | null]>([
  ['seconds', 429, { 'retry-after': '120' }, after(120_000)],
  ['seconds at a 503', 503, { 'retry-after': '3' }, after(3_000)],
  ['a fraction of a second', 429, { 'retry-after': '0.3' }, after(300)],
  ['a date', 429, { 'retry-after': 'Fri, 20 Nov 2026 08:00:30 GMT' }, after(30_000)],
  ['a date of RFC 850', 429, { 'retry-after': 'Friday, 20-Nov-26 08:00:30 GMT' }, after(30_000)],
  ['a date of asctime, which is in GMT too', 429, { 'retry-after': 'Fri Nov 20 08:00:30 2026' }, after(30_000)],
  ['a date that is over', 429, { 'retry-after': 'Fri, 20 Nov 2026 07:00:00 GMT' }, NOW],
  [
    'a date by a clock five minutes ahead',
    429,
    { 'retry-after': 'Fri, 20 Nov 2026 08:05:30 GMT', date: 'Fri, 20 Nov 2026 08:05:00 GMT' },
    after(30_000),
  ],
  ['a century', 429, { 'retry-after': '3153600000' }, after(DAY_MS)],
  ['a negative number', 429, { 'retry-after': '-5' }, null],
  ['a word', 429, { 'retry-after': 'soon' }, null],
  ['a local date', 429, { 'retry-after': '2026-11-20 08:00:30' }, null],
  ['nothing', 429, {}, null],
  ['several values: the first', 429, { 'retry-after': ['7', '9'] }, after(7_000)],
  ['a reset in seconds', 429, { 'x-rate-limit-reset': '42' }, after(42_000)],
  ['a reset as an instant', 429, { 'x-ratelimit-reset': String(NOW.getTime() / 1_000 + 42) }, after(42_000)],
  ['a reset as an instant in milliseconds', 429, { 'ratelimit-reset': String(NOW.getTime() + 42_000) }, after(42_000)],
  ['a reset that is over', 429, { 'x-ratelimit-reset': String(NOW.getTime() / 1_000 - 42) }, NOW],
  ['both: Retry-After', 429, { 'retry-after': '5', 'x-ratelimit-reset': '42' }, after(5_000)],
  ['a reset that came with another status', 400, { 'x-ratelimit-reset': '42' }, null],
])('retryAt from %s', (_, status, headers, retryAt) => {
  vi.stubEnv('TZ', 'America/New_York')
  expect(new Date(0).getTimezoneOffset()).toBe(300)
  expect(toProviderFault(answer(status, { headers }), { now: NOW }).retryAt).toEqual(retryAt)
})

test.each<[body: string, contentType: string]>([
  ['<!doctype html><h1>canary</h1>', 'text/html; charset=utf-8; canary'],
  ['{"canary": ', 'application/json'],
  ['', 'application/json'],
])('a body that is not JSON breaks the contract and is not quoted: %j', async (body, contentType) => {
  await using server = await startHttp((_, response) => response.setHeader('Content-Type', contentType).end(body))
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  const read = await upstream.call(request())
  expect(read.maybeJson()).toBeUndefined()
  expect(() => read.json()).toThrow(expect.objectContaining({ code: 'PROVIDER_CONTRACT_VIOLATION' }))
  const write = await upstream.call(request({ method: 'POST', effect: 'possible' }))
  expect(() => write.json()).toThrow(expect.objectContaining({ code: 'OUTCOME_UNKNOWN' }))
  try {
    read.json()
  } catch (error) {
    expect(`${String(error)} ${String((error as Error).cause)}`).not.toContain('canary')
  }
})

test('a refusal that breaks the contract is still a refusal', () => {
  expect(toContractFault(answer(400, { effect: 'possible' })).code).toBe('PROVIDER_CONTRACT_VIOLATION')
  expect(toContractFault(answer(502, { effect: 'possible' })).code).toBe('OUTCOME_UNKNOWN')
})

test('a body of several packets in UTF-8 is one text', async () => {
  const text = JSON.stringify({ name: 'ä€😀'.repeat(30_000) })
  await using server = await startHttp((_, response) => response.end(text))
  await using upstream = createUpstream({ baseUrl: server.baseUrl })
  expect((await upstream.call(request())).json()).toEqual(JSON.parse(text))
})
