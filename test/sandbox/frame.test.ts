import { describe, expect, it } from 'vitest'
import { createMovableClock } from '../../src/sandbox/clock.ts'
import type { FaultKind } from '../../src/sandbox/faults.ts'
import type { Simulator } from '../../src/sandbox/http.ts'
import { createSimulator } from '../../src/sandbox/http.ts'
import type { Ledger } from '../../src/sandbox/ledger.ts'
import { createLedger } from '../../src/sandbox/ledger.ts'
import { json, seeOther, text } from '../../src/sandbox/reply.ts'

const stringMatching = (pattern: RegExp): unknown => expect.stringMatching(pattern)

function startFrame(options: { readonly maxBodyBytes?: number } = {}): Promise<Simulator> {
  const ledger: Ledger = createLedger()
  return createSimulator({
    name: 'frame',
    ledger,
    clock: createMovableClock(),
    routes: {
      'POST /things/:id': ({ params }) => {
        ledger.record('thing.created', { id: params['id'] ?? '' })
        return json(201, { id: params['id'], made: 'of many bytes' })
      },
      'POST /echo': ({ body }) => text(200, body.toString('base64')),
      'GET /case': (request) => json(200, { exact: request.exactHeader('X-Case') ?? null }),
      'GET /files/*': ({ params }) => text(200, params['*'] ?? ''),
      'GET /away': ({ origin }) => seeOther(`${origin}/case`),
    },
    ...options,
  })
}

const create = (simulator: Simulator, id = 'a') => fetch(`${simulator.url}/things/${id}`, { method: 'POST' })

async function plant(simulator: Simulator, fault: unknown): Promise<Response> {
  return await fetch(`${simulator.url}/_sandbox/faults`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(fault),
  })
}

describe('routes', () => {
  it('decodes the parts of a path, and matches none that it cannot decode', async () => {
    await using frame = await startFrame()
    expect(await (await create(frame, 'a%2Fb')).json()).toMatchObject({ id: 'a/b' })
    expect((await create(frame, '%zz')).status).toBe(404)
    expect(await (await fetch(`${frame.url}/files/x/y.txt`)).text()).toBe('x/y.txt')
    expect((await fetch(`${frame.url}/things/a`)).status).toBe(404)
  })

  it('keeps the bytes of a body', async () => {
    await using frame = await startFrame()
    const bytes = Buffer.from([0, 255, 13, 10, 128])
    const answer = await fetch(`${frame.url}/echo`, { method: 'POST', body: bytes })
    expect(await answer.text()).toBe(bytes.toString('base64'))
  })

  it('refuses a body over the cap', async () => {
    await using frame = await startFrame({ maxBodyBytes: 10 })
    const post = (length: number) => fetch(`${frame.url}/echo`, { method: 'POST', body: Buffer.alloc(length) })
    expect((await post(10)).status).toBe(200)
    expect((await post(11)).status).toBe(413)
    expect((await post(3_000_000)).status).toBe(413)
  })

  it('tells headers apart by case', async () => {
    await using frame = await startFrame()
    const exact = async (name: string) => await (await fetch(`${frame.url}/case`, { headers: { [name]: '1' } })).json()
    expect(await exact('X-Case')).toEqual({ exact: '1' })
    expect(await exact('x-case')).toEqual({ exact: null })
  })

  it('redirects to its own origin', async () => {
    await using frame = await startFrame()
    const answer = await fetch(`${frame.url}/away`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${frame.url}/case`])
  })
})

describe('faults', () => {
  const outcomes: readonly (readonly [FaultKind, 'error' | number, 0 | 1])[] = [
    [{ kind: 'reset-before' }, 'error', 0],
    [{ kind: 'reset-after-effect' }, 'error', 1],
    [{ kind: 'truncate' }, 'error', 1],
    [{ kind: 'malformed' }, 201, 1],
    [{ kind: 'html' }, 502, 0],
    [{ kind: 'status', status: 503 }, 503, 0],
    [{ kind: 'status', status: 503, afterEffect: true }, 503, 1],
    [{ kind: 'delay', delayMs: 1 }, 201, 1],
    [{ kind: 'delay', delayMs: 1, at: 'request' }, 201, 1],
  ]

  it.each(outcomes)('%j ends in %s with %i effects, once', async (fault, outcome, effects) => {
    await using frame = await startFrame()
    frame.faults.next(fault)
    const seen = await create(frame)
      .then(
        async (answer) => await answer.text().then(() => answer.status),
        () => 'error' as const,
      )
      .catch(() => 'error' as const)
    expect([seen, frame.ledger.count('thing.created')]).toEqual([outcome, effects])
    expect((await create(frame)).status).toBe(201)
    expect(frame.ledger.count('thing.created')).toBe(effects + 1)
  })

  it('are aimed by pattern and hit as often as asked, over HTTP too', async () => {
    await using frame = await startFrame()
    expect((await plant(frame, { kind: 'status', status: 500, match: 'POST /things/:id', times: 2 })).status).toBe(200)
    expect((await fetch(`${frame.url}/case`)).status).toBe(200)
    expect([(await create(frame)).status, (await create(frame)).status]).toEqual([500, 500])
    expect((await create(frame)).status).toBe(201)
    expect((await plant(frame, { kind: 'no such kind' })).status).toBe(400)
  })

  it('cannot be planted by a form of another site', async () => {
    await using frame = await startFrame()
    const answer = await fetch(`${frame.url}/_sandbox/faults`, { method: 'POST', body: '{"kind":"reset-before"}' })
    expect([answer.status, frame.faults.pending()]).toEqual([415, 0])
  })

  it('closing does not wait for a delayed reply', async () => {
    const frame = await startFrame()
    frame.faults.next({ kind: 'delay', delayMs: 3_600_000 })
    const lost = create(frame).then(
      () => 'answered',
      () => 'lost',
    )
    await expect.poll(() => frame.ledger.count()).toBe(1)
    await frame.close()
    expect(await lost).toBe('lost')
  })
})

describe('the record', () => {
  it('counts effects and calls, here and over HTTP', async () => {
    await using frame = await startFrame()
    await create(frame, 'a')
    await create(frame, 'b')
    await fetch(`${frame.url}/case?secret=1`)
    expect(frame.ledger.count('thing.created', { id: 'b' })).toBe(1)
    expect(frame.calls().map(({ route, path, status }) => [route, path, status])).toEqual([
      ['POST /things/:id', '/things/a', 201],
      ['POST /things/:id', '/things/b', 201],
      ['GET /case', '/case', 200],
    ])
    const ledger = (await (await fetch(`${frame.url}/_sandbox/ledger`)).json()) as { entries: unknown[] }
    expect(ledger.entries).toMatchObject([
      { seq: 1, ids: { id: 'a' } },
      { seq: 2, ids: { id: 'b' } },
    ])
  })
})

describe('the movable clock', () => {
  it('flows on from where it was set', () => {
    let base = 1000
    const clock = createMovableClock({ now: () => new Date(base) })
    clock.advance(500)
    expect(clock.now().getTime()).toBe(1500)
    clock.set(new Date(9000))
    base += 1
    expect(clock.now().getTime()).toBe(9001)
    clock.reset()
    expect(clock.now().getTime()).toBe(1001)
  })

  it('moves over HTTP', async () => {
    await using frame = await startFrame()
    const answer = await fetch(`${frame.url}/_sandbox/clock`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ set: '2040-01-01T00:00:00Z' }),
    })
    expect(await answer.json()).toMatchObject({ movable: true, now: stringMatching(/^2040-01-01T00:00/) })
  })
})
