import type { Markup } from '../page.ts'
import { html, page } from '../page.ts'
import type { Reply } from '../reply.ts'
import { json, seeOther } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { RouteAnswer, Routes } from '../routes.ts'
import { runCollection } from './collections.ts'
import { findCompany } from './companies.ts'
import type { Ending } from './life.ts'
import { endOrder, pickUp, revoke } from './life.ts'
import type { OpenOrder } from './order.ts'
import { isFreshFrame, openOrders } from './order.ts'
import { InsurelyRefusal } from './refusal.ts'
import type { Consent, InsurelyState } from './state.ts'

export const phonePath = '/phone'

const refreshSeconds = 3

/** What can be done once the app has the order. */
const endings = {
  approve: 'Approve',
  cancel: 'Cancel',
  'other-person': 'Approve as somebody else',
  fail: 'Let the bank fail',
} as const satisfies Record<Ending, string>

/**
 * The app on a person's phone. Every button is also a POST for programs: `/phone/scan` with `qr`, `/phone/open` with
 * `autoStartToken`, `/phone/orders/:orderRef/:act` (`pick-up` or an ending), `/phone/consents/:consentId/:act`
 * (`withdraw`, `collect`). Answers `{ consentId, orderRef, status }`; a browser is sent back to the page.
 */
export function createPhoneRoutes(state: InsurelyState): Routes {
  const orderOf = ({ params }: SimulatorRequest): OpenOrder =>
    found(openOrders(state).find(({ order }) => order.orderRef === params['orderRef']))

  const taken = ({ consent, order }: OpenOrder): Consent => pickUp(state, consent, order, state.clock.now())

  return {
    [`GET ${phonePath}`]: ({ query }) => phonePage(state, query.get('refresh') !== 'off'),
    [`GET ${phonePath}.json`]: () => json(200, { orders: openOrders(state).map(({ consent }) => toAnswer(consent)) }),

    [`POST ${phonePath}/scan`]: answer((request) => {
      const qr = request.form().get('qr') ?? ''
      const order = openOrders(state).find((open) => isFreshFrame(open.order, qr, state.clock.now()))
      if (!order) throw new InsurelyRefusal(410, 'STALE_QR', 'This code is no longer valid: scan the one shown now')
      return taken(order)
    }),

    [`POST ${phonePath}/open`]: answer((request) => {
      const token = request.form().get('autoStartToken')
      return taken(found(openOrders(state).find(({ order }) => order.autoStartToken === token)))
    }),

    [`POST ${phonePath}/orders/:orderRef/pick-up`]: answer((request) => taken(orderOf(request))),

    [`POST ${phonePath}/orders/:orderRef/:act`]: answer((request) => {
      const { consent, order } = orderOf(request)
      const act = request.params['act'] ?? ''
      if (!isEnding(act)) throw new InsurelyRefusal(404, 'NOT_FOUND', `Try ${Object.keys(endings).join(', ')}`)
      if (order.pickedUpAt === null)
        throw new InsurelyRefusal(409, 'NOT_PICKED_UP', 'Scan the code or open the app first')
      return endOrder(state, consent, act, state.clock.now())
    }),

    [`POST ${phonePath}/consents/:consentId/:act`]: answer((request) => {
      const consent = state.consents.get(request.params['consentId'] ?? '')
      if (consent?.status !== 'AUTHORIZED') throw new InsurelyRefusal(410, 'GONE', 'There is no such live consent')
      if (request.params['act'] === 'withdraw') return revoke(state, consent, 'consent.withdrawn')
      if (request.params['act'] !== 'collect') throw new InsurelyRefusal(404, 'NOT_FOUND', 'Try withdraw or collect')
      runCollection(state, { ...consent, outcome: 'COMPLETED' })
      return consent
    }),
  }
}

const isEnding = (act: string): act is Ending => Object.hasOwn(endings, act)

function found(order: OpenOrder | undefined): OpenOrder {
  if (!order) throw new InsurelyRefusal(410, 'ORDER_GONE', 'There is no such open order')
  return order
}

const toAnswer = ({ consentId, company, status, order }: Consent) => ({
  consentId,
  company,
  orderRef: order?.orderRef ?? null,
  pickedUp: order !== null && order.pickedUpAt !== null,
  status,
})

/** A browser says that it takes HTML. */
function answer(act: (request: SimulatorRequest) => Consent): RouteAnswer {
  return (request): Reply => {
    const isBrowser = request.headers.accept?.includes('text/html') ?? false
    try {
      const consent = act(request)
      return isBrowser ? seeOther(phonePath) : json(200, toAnswer(consent))
    } catch (error) {
      if (!isBrowser || !(error instanceof InsurelyRefusal)) throw error
      return page({
        status: error.status,
        title: 'That did not work',
        body: html`<p role="alert">${error.message}.</p>
          <p><a href="${phonePath}">Back to the phone</a></p>`,
      })
    }
  }
}

const nameOf = ({ company }: Consent): string => findCompany(company)?.displayName ?? company

const button = (path: string, label: string): Markup =>
  html`<form method="post" action="${phonePath}/${path}"><button>${label}</button></form>`

function showOrder({ consent, order }: OpenOrder): Markup {
  const { orderRef, pickedUpAt } = order
  const acts =
    pickedUpAt === null
      ? button(`orders/${orderRef}/pick-up`, 'Scan the code, or open the app')
      : Object.entries(endings).map(([act, label]) => button(`orders/${orderRef}/${act}`, label))
  return html`<li>
    <h3>${nameOf(consent)}</h3>
    <p>
      ${pickedUpAt === null ? 'Waits to be scanned or opened' : 'Waits for the signature'}, since
      <time datetime="${order.openedAt.toISOString()}">${order.openedAt.toISOString()}</time>
    </p>
    ${acts}
  </li>`
}

function showConsent(consent: Consent): Markup {
  return html`<li>
    <p>${nameOf(consent)}, until ${consent.expiresAt?.toISOString() ?? 'further notice'}</p>
    ${button(`consents/${consent.consentId}/withdraw`, 'Withdraw at the bank')}
    ${button(`consents/${consent.consentId}/collect`, 'Run a data collection')}
  </li>`
}

function phonePage(state: InsurelyState, refreshes: boolean): Reply {
  const orders = openOrders(state)
  const live = state.consents.values().filter(({ status }) => status === 'AUTHORIZED')
  return page({
    title: 'BankID on a phone',
    refreshSeconds: refreshes ? refreshSeconds : undefined,
    body: html`<p>
        This page reloads every ${refreshSeconds} seconds. To paste a code, <a href="?refresh=off">stop that</a>.
      </p>
      <h2>Open orders</h2>
      ${
        orders.length === 0
          ? html`<p>None. Start an authorization at a Sandbox BankID institution.</p>`
          : html`<ul>
                ${orders.map(showOrder)}
              </ul>
              <p>To do nothing, do nothing: 30 seconds to scan, 3 minutes to sign.</p>`
      }
      <h2>Scan a code by its text</h2>
      <form method="post" action="${phonePath}/scan">
        <label for="qr">Text of the code</label>
        <input id="qr" name="qr" autocomplete="off" />
        <button>Scan</button>
      </form>
      <h2>Consents at the banks</h2>
      ${
        live.length === 0
          ? html`<p>None.</p>`
          : html`<ul>
              ${live.map(showConsent)}
            </ul>`
      }`,
  })
}
