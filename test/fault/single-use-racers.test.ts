import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operationsOf } from '../e2e/operations.ts'
import { MUTATIONS, type Payload } from '../e2e/redirect-documents.ts'
import { type Begun, ENABLE_BANKING, open, redirectSceneOf } from '../e2e/redirect-scene.ts'
import { openCampaign } from './campaign.ts'
import { COURSES, type RaceCourse, RETURN_TO } from './race-course.ts'

/** Races in each test, and who runs in each. */
const RACES = { short: 1, long: 10 }
const RACERS = { short: 100, long: 400 }
const HURRY = 600_000

const UNAVAILABLE = 'STORE_UNAVAILABLE'

/** Null for who was refused since the store had too many waiting; every other failure is one. */
const orUnavailable = <Answer>(answer: Promise<Answer>): Promise<Answer | null> =>
  answer.catch((error: unknown) => {
    const text = error instanceof Error ? error.message : ''
    const codes = [...text.matchAll(/"extensions":\{"code":"(\w+)"/g)].map(([, code]) => code)
    if (codes.length > 0 && codes.every((code) => code === UNAVAILABLE)) return null
    throw error
  })

describe.each(COURSES)('single use, $name', ({ open: openCourse }) => {
  let course: RaceCourse

  beforeAll(async () => {
    course = await openCourse()
  }, HURRY)
  afterAll(() => course[Symbol.asyncDispose](), 60_000)

  const gatewayOf = (racer: number) => course.gateways[racer % course.gateways.length]!

  const race = <Answer>(racers: number, run: (racer: number) => Promise<Answer>): Promise<readonly Answer[]> =>
    Promise.all(Array.from({ length: racers }, (_, racer) => run(racer)))

  test('of many different codes for one step one reaches the bank', { timeout: HURRY }, async (context) => {
    const { rounds, isLong, random } = openCampaign(context, RACES)
    const racers = isLong ? RACERS.long : RACERS.short
    const outcomes = new Map<string, number>()
    let unavailable = 0
    for (let round = 0; round < rounds; round += 1) {
      const begun = await operationsOf(gatewayOf(round)).begin()
      const consentId = begun.consent.providerConsentId!
      // Every other one is right, so that either may win.
      const codes = Array.from({ length: racers }, (_, racer) => (random() < 0.5 ? '123' : String(200_000 + racer)))
      const payloads = await race(racers, (racer) =>
        orUnavailable(operationsOf(gatewayOf(racer)).answer(begun, codes[racer]!)),
      )

      const { ledger } = course.bank
      expect(ledger.count('challenge.answered', { consentId })).toBe(1)
      expect(ledger.count('challenge.ignored', { consentId })).toBe(0)
      const said = payloads.map((payload) => (payload === null ? UNAVAILABLE : (payload.userErrors[0]?.code ?? '')))
      const winners = said.flatMap((code, racer) => (code === '' || code === 'WRONG_OTP' ? [racer] : []))
      const refused = said.filter((_, racer) => !winners.includes(racer))
      expect(refused.filter((code) => !['STATE_CONFLICT', 'STEP_CHANGED', UNAVAILABLE].includes(code))).toEqual([])
      expect(winners.length).toBeLessThanOrEqual(1)
      if (!said.includes(UNAVAILABLE)) expect(winners).toHaveLength(1)
      unavailable += said.filter((code) => code === UNAVAILABLE).length
      const [winner] = winners
      const status =
        ledger.entries('challenge.answered', { consentId })[0]!.ids['status'] === 'ACCEPTED' ? 'AUTHORIZED' : 'REJECTED'
      if (winner !== undefined) {
        expect(codes[winner] === '123' ? 'AUTHORIZED' : 'REJECTED').toBe(status)
        expect(payloads[winner]?.consent?.status).toBe(status)
      }
      for (const gateway of course.gateways) {
        expect((await operationsOf(gateway).consent(begun.consent.id))?.status).toBe(status)
      }
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1)
    }
    if (isLong)
      process.stderr.write(
        `${rounds} races of ${racers} answers: ${JSON.stringify([...outcomes])}, ${unavailable} refused for load\n`,
      )
  })

  const beginRedirect = async (round: number): Promise<{ readonly begun: Begun; readonly callback: URL }> => {
    const scene = redirectSceneOf(gatewayOf(round))
    const begun = await scene.begin(ENABLE_BANKING, { returnTo: { success: RETURN_TO } })
    return { begun, callback: await scene.decide(begun, 'approve') }
  }

  const exchanges = ({ attempt }: Begun): number =>
    course.redirecting.ledger.count('session.authorized', { authorizationId: attempt })
  /** A code that comes a second time is refused there, and that would be an entry of its own. */
  const posts = (): number =>
    course.redirecting.calls().filter(({ method, path }) => method === 'POST' && path === '/sessions').length

  test(
    'of many copies of one callback one exchanges its code, and all lead on alike',
    { timeout: HURRY },
    async (context) => {
      const { rounds, isLong } = openCampaign(context, RACES)
      for (let round = 0; round < rounds; round += 1) {
        const { begun, callback } = await beginRedirect(round)
        const before = posts()
        const answers = await race(isLong ? RACERS.long : RACERS.short, (racer) =>
          open(new URL(`${callback.pathname}${callback.search}`, gatewayOf(racer).url)),
        )
        expect(posts() - before).toBe(1)
        expect(exchanges(begun)).toBe(1)
        // Who comes when the store has too many waiting is told to try again.
        expect(answers.filter(({ status }) => status !== 303 && status !== 503)).toEqual([])
        const led = answers.filter(({ status }) => status === 303)
        const [address, ...others] = new Set(led.map(({ location }) => location!.href))
        expect(others).toEqual([])
        expect(address).toContain('status=AUTHORIZED')
      }
    },
  )

  test(
    'of many who hand the same callback over one exchanges its code, and all see what came of it',
    { timeout: HURRY },
    async (context) => {
      const { rounds, isLong } = openCampaign(context, RACES)
      for (let round = 0; round < rounds; round += 1) {
        const { begun, callback } = await beginRedirect(round)
        const before = posts()
        const input = { authSessionId: begun.session.id, callbackUrl: callback.href }
        const all = await race(isLong ? RACERS.long : RACERS.short, (racer) =>
          orUnavailable(gatewayOf(racer).graphql<{ answer: Payload }>(MUTATIONS.completeAuthorization, { input })),
        )
        const payloads = all.flatMap((payload) => payload ?? [])
        expect(payloads.length).toBeGreaterThan(0)
        expect(posts() - before).toBe(1)
        expect(exchanges(begun)).toBe(1)
        expect(payloads.flatMap(({ answer }) => answer.userErrors)).toEqual([])
        expect(new Set(payloads.map(({ answer }) => answer.consent?.status))).toEqual(new Set(['AUTHORIZED']))
      }
    },
  )
})
