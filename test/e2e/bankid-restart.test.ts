import { expect, test } from 'vitest'
import { institution, openScene, reopen } from './four-ways.ts'

const WAY = {
  name: 'BANKID',
  institutionId: institution('INSURELY', 'se-sandbox-bankid'),
  psu: { personalNumber: '197001011234' },
}

test('a code goes on rotating after the process was killed, and the person gets there', async () => {
  let scene = await openScene()
  try {
    await scene.createUser('alex')
    const begun = await scene.begin('alex', WAY)
    const before = scene.flow.follow(scene.live, begun.id)
    const shown = await before.until(({ nextStep }) => nextStep !== null && nextStep.frame.sequence > 0)

    scene = await reopen(scene, 'SIGKILL')
    const screen = scene.flow.follow(scene.live, begun.id)
    const after = await screen.until(
      ({ nextStep }) => nextStep !== null && nextStep.frame.sequence > shown.nextStep!.frame.sequence,
    )
    expect(after).toMatchObject({ sessionStatus: 'AWAITING_USER', nextStep: { id: begun.nextStep.id, kind: 'QR' } })
    expect(after.nextStep!.frame.data.split('.')[1]).toBe(begun.nextStep.frame.data.split('.')[1])

    await scene.person.approve(after, {})
    expect((await screen.rest()).at(-1)).toMatchObject({
      sessionStatus: 'COMPLETED',
      consent: { status: 'AUTHORIZED' },
    })
    const simulator = scene.person.simulatorOf(begun.nextStep)
    expect(await simulator.ledger('consent.created')).toHaveLength(1)
  } finally {
    await scene[Symbol.asyncDispose]()
  }
})
