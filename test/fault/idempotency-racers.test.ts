import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GatewayProcess } from '../e2e/gateway-process.ts'
import { bank, newPhone, operationsOf, type Payload } from '../e2e/operations.ts'
import { type Campaign, openCampaign } from './campaign.ts'
import { COURSES, type RaceCourse } from './race-course.ts'

/** Keys. For each, 50 requests race, some of them with another input. */
const KEYS = { short: 20, long: 1000 }
const RACERS = 50
const AT_ONCE = 5
/** A kill for so many keys. */
const KEYS_FOR_A_KILL = { short: 10, long: 50 }
const LATEST_KILL_MS = 250
const HURRY = 3_600_000
/** A key whose first request died is answered again after 30 s. */
const UNTIL_ANSWERED = { timeout: 90_000, interval: 1000 } as const

type Name = 'startAuthorization' | 'answerChallenge' | 'revokeConsent'

/** One key, the input that most send under it, and the one that some send. */
interface Race {
  readonly name: Name
  readonly inputs: readonly [object, object]
  /** What it did at the bank, as the bank knows. */
  readonly effects: () => number
  /** Must its effect be there in the end, whoever died? A lost start is never begun again. */
  readonly isOwed: boolean
  /** What its copies and the others were answered; null where the process died first. */
  readonly answers: (readonly (Payload | null)[])[]
}

const IN_PROGRESS = 'IDEMPOTENCY_IN_PROGRESS'
const REUSED = 'IDEMPOTENCY_KEY_REUSED'
/** Refused for what they ask, whatever the key: the step is another one, or is taken. */
const OF_ITS_OWN: ReadonlySet<string> = new Set(['STEP_CHANGED', 'STATE_CONFLICT'])

const codeOf = ({ userErrors }: Payload): string | null => userErrors[0]?.code ?? null

/** What stays the same while the authorization goes on. */
const sameOf = ({ authSession, consent, userErrors }: Payload) => ({
  session: authSession?.id,
  consent: consent?.id,
  userErrors,
})

const send = (gateway: GatewayProcess, { name }: Race, input: object): Promise<Payload | null> =>
  operationsOf(gateway)
    .run(name, input)
    // The connection died with the process.
    .catch((): null => null)

describe.each(COURSES)('one key, one effect, $name', ({ open: openCourse }) => {
  let course: RaceCourse

  beforeAll(async () => {
    course = await openCourse()
  }, 600_000)
  afterAll(() => course[Symbol.asyncDispose](), 60_000)

  const anyGateway = ({ random }: Campaign) => course.gateways[Math.floor(random() * course.gateways.length)]!

  /** How often each phone was written to. The bank forgets its oldest messages: they are counted as they come. */
  const written = new Map<string, number>()
  let lastSeen = 0

  const countMessages = (): void => {
    for (const { id, to } of course.bank.inbox.messages({ afterId: lastSeen })) {
      written.set(to, (written.get(to) ?? 0) + 1)
      lastSeen = id
    }
  }

  const messagesTo = (phone: string): number => {
    countMessages()
    return written.get(phone) ?? 0
  }

  const toStart = (index: number): Race => {
    const [phone, other] = [newPhone(), newPhone()]
    const input = (to: string) => ({
      user: { externalId: 'demo-user' },
      target: { institutionId: bank('sandbox.otp') },
      psu: { phone: to },
      idempotencyKey: `race-${index}`,
    })
    return {
      name: 'startAuthorization',
      inputs: [input(phone), input(other)],
      effects: () => messagesTo(phone) + messagesTo(other),
      isOwed: false,
      answers: [],
    }
  }

  const toAnswer = async (index: number, campaign: Campaign): Promise<Race> => {
    const { session, step, consent } = await operationsOf(anyGateway(campaign)).begin()
    const consentId = consent.providerConsentId!
    const input = {
      authSessionId: session.id,
      stepId: step.id,
      answer: { otp: '123' },
      idempotencyKey: `race-${index}`,
    }
    return {
      name: 'answerChallenge',
      inputs: [input, { ...input, stepId: 'stp_another' }],
      effects: () =>
        course.bank.ledger.count('challenge.answered', { consentId }) +
        course.bank.ledger.count('challenge.ignored', { consentId }),
      isOwed: false,
      answers: [],
    }
  }

  const toRevoke = async (index: number, campaign: Campaign): Promise<Race> => {
    const { consent } = await operationsOf(anyGateway(campaign)).authorize()
    const input = { consentId: consent.id, reason: 'moved', idempotencyKey: `race-${index}` }
    return {
      name: 'revokeConsent',
      inputs: [input, { ...input, reason: 'another' }],
      effects: () => course.bank.ledger.count('consent.revoked', { consentId: consent.providerConsentId! }),
      isOwed: true,
      answers: [],
    }
  }

  const prepare = (index: number, campaign: Campaign): Promise<Race> | Race => {
    if (index % 3 === 0) return toStart(index)
    return index % 3 === 1 ? toAnswer(index, campaign) : toRevoke(index, campaign)
  }

  const run = async (race: Race, campaign: Campaign): Promise<void> => {
    const racers = Array.from({ length: RACERS }, () => (campaign.random() < 0.9 ? 0 : 1))
    const answers = await Promise.all(
      racers.map(async (which) => ({ which, payload: await send(anyGateway(campaign), race, race.inputs[which]) })),
    )
    for (const which of [0, 1]) {
      race.answers.push(answers.flatMap((answer) => (answer.which === which ? [answer.payload] : [])))
    }
  }

  const kill = async ({ random }: Campaign): Promise<void> => {
    await pause(random() * LATEST_KILL_MS)
    await course.kill(Math.floor(random() * course.gateways.length))
  }

  /** Once whoever ran has ended, or is known to be dead. */
  const settled = async (race: Race, input: object): Promise<Payload> => {
    let last: Payload | null = null
    await expect
      .poll(async () => {
        last = await send(course.gateways[0]!, race, input)
        return last === null ? 'no answer' : (codeOf(last) ?? 'done')
      }, UNTIL_ANSWERED)
      .not.toMatch(/IDEMPOTENCY_IN_PROGRESS|no answer/)
    return last!
  }

  const judge = async (race: Race): Promise<void> => {
    // As many ask again at the same time: which of the inputs had the key is found out by its answer.
    const ends = [await settled(race, race.inputs[0]), await settled(race, race.inputs[1])] as const
    const isRefused = ends.map((end) => codeOf(end) === REUSED)
    expect(isRefused.filter(Boolean), `${race.name}: ${JSON.stringify(ends)}`).toHaveLength(1)
    const winner = isRefused[0] ? 1 : 0
    const known = sameOf(ends[winner])
    for (const payload of race.answers[winner] ?? []) {
      if (payload !== null && codeOf(payload) !== IN_PROGRESS) expect(sameOf(payload)).toEqual(known)
    }
    for (const payload of race.answers[1 - winner] ?? []) {
      const code = payload === null ? REUSED : codeOf(payload)
      if (code !== REUSED && !(race.name === 'answerChallenge' && OF_ITS_OWN.has(code ?? ''))) {
        throw new Error(`${race.name}: another input was answered ${JSON.stringify(payload)}`)
      }
    }
    const [again, twice] = [await settled(race, race.inputs[winner]), await settled(race, race.inputs[winner])]
    expect(again).toEqual(twice)
    expect(sameOf(again)).toEqual(known)
    if (race.isOwed) await expect.poll(race.effects, UNTIL_ANSWERED).toBe(1)
    expect(race.effects()).toBeLessThanOrEqual(1)
    const isDone = (race.answers[winner] ?? []).some((payload) => payload !== null && codeOf(payload) === null)
    if (isDone) expect(race.effects()).toBe(1)
  }

  test(
    'fifty race on each key, some with another input, while gateways are killed',
    { timeout: HURRY },
    async (context) => {
      const campaign = openCampaign(context, KEYS)
      const { rounds: keys, isLong } = campaign
      const perKill = isLong ? KEYS_FOR_A_KILL.long : KEYS_FOR_A_KILL.short
      const races: Race[] = []
      let kills = 0
      while (races.length < keys) {
        const batch: Race[] = []
        for (let index = 0; index < AT_ONCE; index += 1) batch.push(await prepare(races.length + index, campaign))
        const racing = Promise.all(batch.map((race) => run(race, campaign)))
        races.push(...batch)
        if (races.length % perKill === 0) {
          await kill(campaign)
          kills += 1
        }
        await racing
        countMessages()
      }
      for (let first = 0; first < races.length; first += AT_ONCE * 4) {
        await Promise.all(races.slice(first, first + AT_ONCE * 4).map(judge))
      }
      const answers = races.flatMap((race) => race.answers.flat())
      const lost = answers.filter((payload) => payload === null).length
      const counts = Object.groupBy(races, ({ effects }) => `${effects()} effects`)
      expect(kills).toBeGreaterThan(0)
      // The kills hit somebody.
      expect(lost).toBeGreaterThan(0)
      if (isLong) {
        const summary = Object.entries(counts).map(([count, of]) => `${of?.length ?? 0} keys with ${count}`)
        process.stderr.write(
          `${races.length} keys, ${answers.length} racers, ${kills} kills, ${lost} racers without an answer; ${summary.join(', ')}\n`,
        )
      }
    },
  )
})
