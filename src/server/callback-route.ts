import type { AuthSession } from '../domain/auth-session.ts'
import type { Consent } from '../domain/consent.ts'
import type { RequestId } from '../domain/ids.ts'
import { toPage } from './page.ts'
import type { Reply } from './reply.ts'
import type { Route } from './route.ts'

export interface CallbackEnd {
  readonly session: AuthSession
  readonly consent: Consent
  /** Origins of the addresses that the session's client registered. */
  readonly origins: readonly string[]
}

export interface CallbackRouteOptions {
  /** Null where the callback names no session. */
  readonly complete: (provider: string, query: URLSearchParams, requestId: RequestId) => Promise<CallbackEnd | null>
  /** The session as it stands; null where the id names none. */
  readonly find: (authSessionId: string) => Promise<CallbackEnd | null>
}

/** The gateway's own return address, for flows in a popup or frame: any client may use it. */
export const POPUP_RETURN_PATH = '/return'

/** Who came back and still has the step to do has not approved. */
const isOnItsWay = ({ status, pendingEnd }: AuthSession): boolean =>
  status === 'COMPLETED' || (status === 'VERIFYING' && pendingEnd === null)

const factsOf = ({ session, consent }: CallbackEnd) => ({
  auth_session_id: session.id,
  consent_id: consent.id,
  status: consent.status,
})

/** Back to the client's own address, its query kept; never to one that the callback brought along. */
const toClient = (address: string, end: CallbackEnd): Reply => {
  const url = new URL(address)
  for (const [name, value] of Object.entries(factsOf(end))) url.searchParams.set(name, value)
  return { status: 303, headers: { location: url.href } }
}

/** For flows in a popup or frame: tells whoever opened it, if that is the client's own page. */
const toOpener = (end: CallbackEnd): Reply => {
  const message = JSON.stringify({ source: 'consentgraph', ...factsOf(end) })
  const origins = JSON.stringify(end.origins).replaceAll('<', String.raw`\u003c`)
  const script = `for(const o of ${origins})for(const w of[window.opener,window.parent])if(w&&w!==window)w.postMessage(${message},o);if(window.opener)window.close()`
  const done = isOnItsWay(end.session)
  return toPage({
    status: 200,
    title: done ? 'Thank you' : 'Nothing was connected',
    paragraphs: [done ? 'You can close this window and go back to the app.' : 'Go back to the app to try again.'],
    script,
    frameAncestors: end.origins,
  })
}

const UNKNOWN = toPage({
  status: 404,
  title: 'This link is not complete',
  paragraphs: [
    'Your bank sent you back without the part of the address that says who you are, or you opened an old link.',
    'Nothing is lost: go back to the app you came from. It shows whether your bank is connected, and lets you try again.',
  ],
})

const FAILED = toPage({
  status: 503,
  title: 'One moment, please',
  paragraphs: ['We could not take note of your return just now. Reload this page to try again; nothing is done twice.'],
})

/** `GET /callback/:provider`: where a provider sends the person back to. No cookie: the state alone names the session. */
const callbackRoute = ({ complete }: CallbackRouteOptions): Route => ({
  method: 'GET',
  path: '/callback/:provider',
  handler: async ({ params, query, requestId }) => {
    let end: CallbackEnd | null
    try {
      end = await complete(params['provider'] ?? '', query, requestId as RequestId)
    } catch {
      // Reported by the use case; the person needs a page, not an error.
      return FAILED
    }
    if (end === null) return UNKNOWN
    const { returnTo } = end.session
    if (returnTo === null) return toOpener(end)
    return toClient(isOnItsWay(end.session) ? returnTo.success : (returnTo.cancel ?? returnTo.success), end)
  },
})

/** `GET /return`: the end of a flow in a popup or frame. What it says comes from the store, never from its address. */
const popupRoute = ({ find }: CallbackRouteOptions): Route => ({
  method: 'GET',
  path: POPUP_RETURN_PATH,
  handler: async ({ query }) => {
    const end = await find(query.get('auth_session_id') ?? '')
    return end === null ? UNKNOWN : toOpener(end)
  },
})

export const callbackRoutes = (options: CallbackRouteOptions): readonly Route[] => [
  callbackRoute(options),
  popupRoute(options),
]
