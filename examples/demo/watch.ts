import { followEvents } from '../subscribe/follow-events.ts'
import type { StreamItem } from '../subscribe/consent-events.ts'
import { DemoFailure } from './failure.ts'
import { type Gateway, interrupted, PATIENCE_MS } from './gateway.ts'
import type { Column } from './screen.ts'

export interface Watch extends Disposable {
  /** Waits for an item, those that came before included. */
  until(what: string, wanted: (item: StreamItem) => boolean): Promise<StreamItem>
}

const describe = ({ __typename, consents, to, reason, revocation, authSession }: StreamItem): string => {
  if (consents !== undefined) return `snapshot: ${consents.length === 0 ? 'no consents yet' : consents.length}`
  if (to !== undefined) return `status ${to}${reason == null ? '' : ` (${reason})`}`
  if (revocation !== undefined) return `revocation ${revocation.state}`
  return authSession?.nextStep == null ? __typename : `next step: ${authSession.nextStep.title}`
}

/**
 * Follows all consents of one person over one WebSocket, and shows what comes, each in its column. Resolves when the
 * first item is there.
 *
 * @param columnOf by the provider of the consent; undefined where the item is of none
 */
export const watch = async (
  { url, credential, signal }: Gateway,
  columnOf: (provider: string | undefined) => Column,
): Promise<Watch> => {
  const items: StreamItem[] = []
  const lookers = new Set<() => void>()
  const following = followEvents({
    url,
    credential: () => credential,
    onItem: (item) => {
      items.push(item)
      columnOf(item.consent?.provider.id).live(describe(item))
      for (const look of lookers) look()
    },
  })

  const until: Watch['until'] = async (what, wanted) => {
    const waiting = Promise.withResolvers<StreamItem>()
    const fail = (code: string, message: string, cause?: unknown): void =>
      waiting.reject(new DemoFailure(code, message, 'Read what the gateway logs.', cause))
    const patience = setTimeout(() => fail('NOTHING_CAME', `Waited in vain for ${what}.`), PATIENCE_MS)
    const stop = (): void => waiting.reject(interrupted(signal.reason))
    signal.addEventListener('abort', stop)
    following.ended.catch((error: unknown) => fail('NO_LIVE_UPDATES', 'The WebSocket was refused.', error))
    const look = (): void => {
      const found = items.find(wanted)
      if (found !== undefined) waiting.resolve(found)
    }
    lookers.add(look)
    if (signal.aborted) stop()
    look()
    try {
      return await waiting.promise
    } finally {
      lookers.delete(look)
      clearTimeout(patience)
      signal.removeEventListener('abort', stop)
    }
  }

  try {
    await until('the first message over the WebSocket', ({ __typename }) => __typename === 'ConsentSnapshot')
  } catch (error) {
    following.stop()
    throw error
  }
  return { until, [Symbol.dispose]: () => following.stop() }
}
