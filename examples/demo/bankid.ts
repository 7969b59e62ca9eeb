import { DemoFailure } from './failure.ts'
import type { Flow } from './flow.ts'
import { followSession } from './follow-session.ts'
import { findPhone } from './phone.ts'

/** How many frames are let pass before one is scanned: to see that they change. */
const FRAMES_TO_WATCH = 3

export const bankId: Flow = {
  name: 'bankid',
  title: 'BankID, by a QR code that changes every second',
  provider: 'INSURELY',
  bank: 'Sandbox BankID',
  psu: () => ({ personalNumber: `1990${String(Math.floor(Math.random() * 100_000_000)).padStart(8, '0')}` }),
  act: async ({ gateway, column }, { authSessionId }) => {
    const phone = await findPhone(gateway)
    let frames = 0
    let newest = -1
    let orderRef: string | null = null
    column.step('The screen shows the code; each new frame comes over the WebSocket.')
    for await (const { nextStep } of followSession(gateway, authSessionId)) {
      if (nextStep?.scanned === true) break
      if (nextStep?.frame === undefined || nextStep.frame.sequence <= newest) continue
      newest = nextStep.frame.sequence
      frames += 1
      column.live(`frame ${newest} of the QR code`)
      if (frames < FRAMES_TO_WATCH || orderRef !== null) continue
      orderRef = await phone.scan(nextStep.frame.data)
      column.step(orderRef === null ? `Frame ${newest} was too old to scan.` : `The phone scans frame ${newest}.`)
    }
    if (orderRef === null) {
      throw new DemoFailure('NOT_SCANNED', 'The code ended before it was scanned.', 'Run the demo again.')
    }
    column.live('the code is scanned')
    column.step('The person approves in the app.')
    await phone.approve(orderRef)
    return `scanned 1 of ${frames} QR frames, approved`
  },
}
