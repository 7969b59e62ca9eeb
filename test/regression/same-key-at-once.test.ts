import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'
import { type Operations, operationsOf, type Payload } from '../e2e/operations.ts'

const COPIES = 200

let gateway: GatewayProcess
let client: Operations

beforeAll(async () => {
  gateway = await startGateway({ env: { RATE_LIMIT_USER_ANSWERS: '0' } })
  client = operationsOf(gateway)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const codesOf = (payloads: readonly Payload[]): readonly string[] => [
  ...new Set(payloads.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))),
]

const all = (send: () => Promise<Payload>): Promise<readonly Payload[]> =>
  Promise.all(Array.from({ length: COPIES }, send))

test('copies of an answer under one key are told to wait, never that they come too late', async () => {
  const begun = await client.begin()
  const payloads = await all(() => client.answer(begun, '123', { idempotencyKey: 'copies-of-an-answer' }))
  expect(codesOf(payloads)).toEqual(['IDEMPOTENCY_IN_PROGRESS'])
  const first = payloads.filter(({ userErrors }) => userErrors.length === 0)
  expect(first.length).toBeGreaterThan(0)
  for (const payload of [...first, await client.answer(begun, '123', { idempotencyKey: 'copies-of-an-answer' })]) {
    expect(payload).toMatchObject({ userErrors: [], consent: { status: 'AUTHORIZED' } })
  }
})

test('under keys of their own, one is taken and each other keeps its refusal', async () => {
  const begun = await client.begin()
  const answer = (index: number) => client.answer(begun, '123', { idempotencyKey: `own-key-${index}` })
  const payloads = await Promise.all(Array.from({ length: COPIES }, (_, index) => answer(index)))
  expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(1)
  expect(codesOf(payloads).filter((code) => code !== 'STATE_CONFLICT' && code !== 'STEP_CHANGED')).toEqual([])
  const refused = payloads.findIndex(({ userErrors }) => userErrors.length > 0)
  expect((await answer(refused)).userErrors).not.toEqual([])
})
