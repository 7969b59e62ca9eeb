import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AnyStep, FlowSession } from './flow.ts'
import { institution, openScene, type Scene, type Way } from './four-ways.ts'
import type { LiveStream } from './live-client.ts'
import { operationsOf } from './operations.ts'
import type { SandboxControl } from './sandbox-control.ts'

type Shown = FlowSession & { readonly nextStep: AnyStep }

let numbers = 0
/** At a bank of this provider, for a person of their own: two orders of one person exclude each other. */
const bankId = (ref = 'se-sandbox-bankid', psu: object = {}): Way => ({
  name: ref,
  institutionId: institution('INSURELY', ref),
  psu: { personalNumber: String(199001010000 + (numbers += 1)), ...psu },
})

let scene: Scene
let sandbox: SandboxControl

beforeAll(async () => {
  scene = await openScene()
  await scene.createUser('kim')
  const { sandbox: pages } = await scene.gateway.graphql<{ sandbox: { phoneUrl: string } }>('{ sandbox { phoneUrl } }')
  sandbox = scene.person.simulatorOf({ kind: 'QR', url: pages.phoneUrl } as AnyStep)
})
afterAll(() => scene[Symbol.asyncDispose]())

/** The next screens with another frame each. */
const frames = async (screen: LiveStream<FlowSession>, count: number): Promise<readonly Shown[]> => {
  const shown: Shown[] = []
  while (shown.length < count) {
    const last = shown.at(-1)?.nextStep.frame.data
    shown.push((await screen.until(({ nextStep }) => nextStep !== null && nextStep.frame.data !== last)) as Shown)
  }
  return shown
}

const statusCalls = async (consentId: string): Promise<number> =>
  (await sandbox.calls()).filter(({ path }) => path === `/consents/${consentId}/status`).length

const providerConsentOf = async (id: string): Promise<string> =>
  (await operationsOf(scene.gateway).consent(id))!.providerConsentId!

describe('a code on a screen', () => {
  test('is another one each second, of one step, and only ever newer', async () => {
    const begun = await scene.begin('kim', bankId())
    const screen = scene.flow.follow(scene.live, begun.id)
    const shown = await frames(screen, 4)
    await screen.stop()
    expect(new Set(shown.map(({ nextStep }) => nextStep.frame.data)).size).toBe(4)
    const sequences = shown.map(({ nextStep }) => nextStep.frame.sequence)
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b))
    expect(new Set(shown.map(({ nextStep }) => nextStep.id))).toEqual(new Set([begun.nextStep.id]))
    for (const { nextStep, sessionStatus } of shown) {
      expect(sessionStatus).toBe('AWAITING_USER')
      expect(nextStep).toMatchObject({ kind: 'QR', scanned: false, hint: 'Open the BankID app.' })
      expect(nextStep.frame.data).toMatch(/^bankid\.[\w-]+\.\d+\.[0-9a-f]{64}$/)
      expect(nextStep.frame.svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[^>]*>.*<\/svg>$/s)
      expect(nextStep.frame.svg).not.toMatch(/<script|href|url\(/)
      expect(nextStep.launch?.autoStartToken).toEqual(expect.any(String))
    }
  })

  test('is the same on a second screen of the same person', async () => {
    const begun = await scene.begin('kim', bankId())
    const token = await operationsOf(scene.gateway).token('kim')
    await using phone = scene.gateway.live(token)
    const [first, second] = [scene.flow.follow(scene.live, begun.id), scene.flow.follow(phone, begun.id)]
    const [here, there] = await Promise.all([frames(first, 3), frames(second, 3)])
    await Promise.all([first.stop(), second.stop()])
    const seen = new Map(here.map(({ nextStep }) => [nextStep.frame.sequence, nextStep.frame.data]))
    const shared = there.filter(({ nextStep }) => seen.has(nextStep.frame.sequence))
    expect(shared.length).toBeGreaterThan(0)
    for (const { nextStep } of shared) expect(nextStep.frame.data).toBe(seen.get(nextStep.frame.sequence))
  })

  test('can be scanned, says so, and is gone when the person has signed', async () => {
    const begun = await scene.begin('kim', bankId())
    const screen = scene.flow.follow(scene.live, begun.id)
    const [first, last] = await frames(screen, 2)
    const { orderRef } = await scene.person.phone.scan(last!.nextStep.frame.data)
    const scanned = await screen.until(({ nextStep }) => nextStep?.scanned === true)
    expect(scanned.nextStep).toMatchObject({ id: first!.nextStep.id, hint: 'Enter your security code in the app.' })
    await scene.person.phone.end(orderRef, 'approve')
    expect((await screen.rest()).at(-1)).toMatchObject({
      sessionStatus: 'COMPLETED',
      isFinal: true,
      nextStep: null,
      consent: { status: 'AUTHORIZED' },
    })
    expect(await operationsOf(scene.gateway).session(begun.id)).toMatchObject({ nextStep: null })
  })

  test('never is in the log of events, and does not count as a change', async () => {
    const begun = await scene.begin('kim', bankId())
    const screen = scene.flow.follow(scene.live, begun.id)
    const shown = await frames(screen, 3)
    await scene.person.approve(shown.at(-1)!, {})
    await screen.rest()
    const { text } = await scene.gateway.ask(
      `query ($id: ID!) { consentEvents(filter: { consentId: $id }, first: 100) { nodes {
        __typename id cursor consentVersion
        ... on ConsentStatusChanged { to providerStatus { raw detail } }
        ... on AuthStepChanged { authSession { id nextStep { id } } }
      } } }`,
      { id: begun.consent.id },
    )
    expect(text.match(/AuthStepChanged/g)).toHaveLength(1)
    for (const { nextStep } of shown) {
      expect(text).not.toContain(nextStep.frame.data.split('.')[1])
      expect(text).not.toContain(nextStep.launch!.autoStartToken)
    }
    expect(new Set(shown.map(({ version }) => version)).size).toBe(1)
  })

  test('starts anew with another order, as the same step', async () => {
    const begun = await scene.begin('kim', bankId('se-sandbox-renews-order'))
    const screen = scene.flow.follow(scene.live, begun.id)
    const [before] = await frames(screen, 1)
    await sandbox.advance(31_000)
    const order = ({ nextStep }: Shown): string => nextStep.frame.data.split('.')[1]!
    const after = (await screen.until(
      (session) => session.nextStep !== null && order(session as Shown) !== order(before!),
    )) as Shown
    expect(after.nextStep.id).toBe(before!.nextStep.id)
    expect(after.nextStep.frame.sequence).toBeGreaterThan(before!.nextStep.frame.sequence)
    await scene.person.approve(after, {})
    expect((await screen.rest()).at(-1)).toMatchObject({ consent: { status: 'AUTHORIZED' } })
  })
})

describe('the bank is asked', () => {
  /** As many frames of somebody else's order as show that the others would have been asked, too. */
  const meanwhile = async (): Promise<void> => {
    const begun = await scene.begin('kim', bankId())
    const screen = scene.flow.follow(scene.live, begun.id)
    await frames(screen, 3)
    await screen.stop()
    await operationsOf(scene.gateway).cancel(begun.id)
  }

  test('no more once the person has decided, or the client has', async () => {
    const client = operationsOf(scene.gateway)
    const ends: Readonly<Record<string, (begun: Shown) => Promise<unknown>>> = {
      COMPLETED: (begun) => scene.person.approve(begun, {}),
      CANCELLED: (begun) => scene.person.act(begun, {}, 'cancel'),
      FAILED: (begun) => scene.person.act(begun, {}, 'other-person'),
      'CANCELLED by the client': (begun) => client.cancel(begun.id),
      'CANCELLED by a revocation': (begun) => client.revoke(begun.consent.id),
    }
    const ended = await Promise.all(
      Object.entries(ends).map(async ([how, end]) => {
        const begun = await scene.begin('kim', bankId())
        await end(begun)
        expect(how).toContain((await scene.untilOver(begun.id)).sessionStatus)
        const consentId = await providerConsentOf(begun.consent.id)
        return { consentId, asked: await statusCalls(consentId) }
      }),
    )
    await meanwhile()
    for (const { consentId, asked } of ended) expect(await statusCalls(consentId)).toBe(asked)
    // What ended here is closed there.
    expect(await sandbox.ledger('consent.revoked', ended[3]!.consentId)).toHaveLength(1)
    expect(await sandbox.ledger('consent.revoked', ended[4]!.consentId)).toHaveLength(1)
  })

  test('while nobody watches, too: whoever looks again sees a code that can be scanned', async () => {
    const begun = await scene.begin('kim', bankId())
    await meanwhile()
    const screen = scene.flow.follow(scene.live, begun.id)
    const now = await screen.next()
    await screen.stop()
    expect(now.nextStep!.frame.sequence).toBeGreaterThan(begun.nextStep.frame.sequence)
    expect(await scene.person.phone.scan(now.nextStep!.frame.data)).toMatchObject({ status: 200 })
    await operationsOf(scene.gateway).cancel(begun.id)
  })

  test('no more when the time is over', async () => {
    const begun = await scene.begin('kim', bankId())
    const consentId = await providerConsentOf(begun.consent.id)
    await sandbox.advance(16 * 60_000)
    expect(await scene.untilOver(begun.id)).toMatchObject({
      sessionStatus: 'EXPIRED',
      nextStep: null,
      consent: { status: 'EXPIRED' },
    })
    const asked = await statusCalls(consentId)
    await meanwhile()
    expect(await statusCalls(consentId)).toBe(asked)
  })
})
