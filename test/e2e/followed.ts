import { expect } from 'vitest'
import type { LiveClient } from './live-client.ts'

const FOLLOW = 'subscription { consentEvents { __typename } }'

interface Followed {
  readonly url: string
  live(credential: string): LiveClient
}

/** A WebSocket and an event stream that are under way. */
export const follow = async (gateway: Followed, credential: string) => {
  const socket = gateway.live(credential)
  const events = socket.subscribe<{ consentEvents: { __typename: string } }, 'consentEvents'>('consentEvents', FOLLOW)
  await events.next()
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'content-type': 'application/json',
      authorization: `Bearer ${credential}`,
    },
    body: JSON.stringify({ query: FOLLOW }),
  })
  let isOpen = true
  const streamed = response.text()
  const noteEnd = (): void => {
    isOpen = false
  }
  // What is still open when the gateway goes is cut.
  streamed.then(noteEnd, noteEnd)
  void socket.closed.then(noteEnd)
  return { closed: socket.closed, streamed, isOpen: () => isOpen }
}

export const expectEnded = async ({ closed, streamed }: Awaited<ReturnType<typeof follow>>): Promise<void> => {
  expect(await closed).toEqual(expect.objectContaining({ code: 4403, reason: 'The credential has ended' }))
  expect(await streamed).toMatch(/"code":"UNAUTHENTICATED"[^\n]*\n\nevent: complete/)
}
