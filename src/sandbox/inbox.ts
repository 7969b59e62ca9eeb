import { z } from 'zod'
import type { Clock } from '../domain/clock.ts'
import { systemClock } from '../domain/clock.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import { html, page } from './page.ts'
import { json } from './reply.ts'
import type { Routes } from './routes.ts'

const storedMessage = z.object({
  id: z.number(),
  at: z.coerce.date(),
  channel: z.enum(['SMS', 'EMAIL']),
  to: z.string(),
  text: z.string(),
  code: z.string().nullable(),
  institution: z.string(),
})

export type InboxMessage = Readonly<z.infer<typeof storedMessage>>

/** What people of the sandbox have received, by phone or by mail. */
export interface Inbox {
  /** Nothing leaves the process. */
  deliver(message: Omit<InboxMessage, 'id' | 'at'>): InboxMessage
  /** Oldest first; `to` narrows to one address, `afterId` to what came after a message. */
  messages(filter?: {
    readonly to?: string | undefined
    readonly afterId?: number | undefined
  }): readonly InboxMessage[]
  /** `GET /inbox` for a person, `GET /inbox.json?to=&after=` for a program (`after` is the last id seen). */
  readonly routes: Routes
}

const keptMessages = 500
const refreshSeconds = 5

export function createInbox(clock: Clock = systemClock, journal: Journal = openJournal()): Inbox {
  const stored = journal.collection<InboxMessage>('inbox', (value) => storedMessage.parse(value))
  let lastId = stored.values().at(-1)?.id ?? 0
  const messages: Inbox['messages'] = ({ to, afterId = 0 } = {}) =>
    stored.values().filter((message) => message.id > afterId && (to === undefined || message.to === to))
  return {
    deliver: (message) => {
      lastId += 1
      const delivered: InboxMessage = { ...message, id: lastId, at: clock.now() }
      stored.set(String(lastId), delivered)
      stored.delete(String(lastId - keptMessages))
      return delivered
    },
    messages,
    routes: {
      'GET /inbox': ({ query }) => inboxPage(messages().toReversed(), query.get('refresh') !== 'off'),
      'GET /inbox.json': ({ query }) =>
        json(200, {
          messages: messages({ to: query.get('to') ?? undefined, afterId: Number(query.get('after') ?? 0) || 0 }),
        }),
    },
  }
}

function inboxPage(newestFirst: readonly InboxMessage[], refreshes: boolean) {
  const items = newestFirst.map(
    ({ at, channel, to, text, institution }) =>
      html`<li>
        <p>
          <strong>${channel} to ${to}</strong> from ${institution},
          <time datetime="${at.toISOString()}">${at.toISOString()}</time>
        </p>
        <p>${text}</p>
      </li> `,
  )
  return page({
    title: 'Inbox',
    refreshSeconds: refreshes ? refreshSeconds : undefined,
    body: html`<p>What banks of the sandbox have sent to people, newest first.</p>
      <p>
        ${refreshes ? html`This page reloads every ${refreshSeconds} seconds. <a href="?refresh=off">Stop that</a>` : html`<a href="?">Reload by itself</a>`}
      </p>
      ${
        items.length === 0
          ? html`<p>Nothing yet.</p>`
          : html`<ol reversed>
              ${items}
            </ol>`
      }`,
  })
}
