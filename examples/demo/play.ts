import type { StreamItem } from '../subscribe/consent-events.ts'
import { revokeConsent } from './consent.ts'
import { DemoFailure } from './failure.ts'
import type { Flow, Stage } from './flow.ts'
import { start } from './start.ts'

/** A flow that has come to its consent. */
export interface Connected {
  readonly consentId: string
  /** What the person did, in a few words. */
  readonly act: string
  /** From the question to AUTHORIZED, as it came over the WebSocket. */
  readonly tookMs: number
}

const ENDS: ReadonlySet<string> = new Set(['AUTHORIZED', 'REJECTED', 'REVOKED', 'EXPIRED', 'FAILED'])

const untilAuthorized = async ({ live }: Stage, consentId: string): Promise<void> => {
  const isEnd = ({ consent, to }: StreamItem): boolean => consent?.id === consentId && to !== undefined && ENDS.has(to)
  const { to, reason } = await live.until('the status AUTHORIZED', isEnd)
  if (to === 'AUTHORIZED') return
  const message = `The consent is ${to ?? 'gone'}${reason == null ? '' : ` (${reason})`}.`
  throw new DemoFailure('NOT_AUTHORIZED', message, 'Read `Consent.explain` in GraphiQL.')
}

/** The same for every flow but for one line: what the person does. */
export const connect = async (stage: Stage, flow: Flow, userId: string): Promise<Connected> => {
  stage.column.step(`${flow.title}.`)
  const psu = flow.psu()
  const startedAt = performance.now()
  const asked = await start(stage, flow, userId, psu)
  const act = await flow.act(stage, asked, psu)
  await untilAuthorized(stage, asked.consentId)
  return { consentId: asked.consentId, act, tookMs: performance.now() - startedAt }
}

/** Ends a consent, and waits until the bank has confirmed it. */
export const takeBack = async ({ gateway, column, live }: Stage, consentId: string): Promise<void> => {
  column.step('Revoke.')
  await revokeConsent(gateway, consentId)
  const isConfirmed = ({ consent, revocation }: StreamItem): boolean =>
    consent?.id === consentId && revocation?.state === 'CONFIRMED'
  await live.until('the bank to confirm', isConfirmed)
}
