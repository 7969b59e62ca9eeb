import { createHmac, randomUUID } from 'node:crypto'
import type { Consent, InsurelyState, Order } from './state.ts'

/** Nobody takes the order up: it ends. */
export const pickUpMs = 30_000
/** Taken up and not signed: it ends. */
export const signMs = 180_000
/** The app takes a frame that is no older; how old it may be is published nowhere. */
const frameLifeSeconds = 5

export function createOrder(openedAt: Date): Order {
  return {
    orderRef: randomUUID(),
    autoStartToken: randomUUID(),
    qrStartToken: randomUUID(),
    qrStartSecret: randomUUID(),
    openedAt,
    pickedUpAt: null,
  }
}

const secondsOf = ({ openedAt }: Order, now: Date): number =>
  Math.max(0, Math.floor((now.getTime() - openedAt.getTime()) / 1000))

const codeOf = ({ qrStartSecret }: Order, seconds: number): string =>
  createHmac('sha256', qrStartSecret).update(String(seconds)).digest('hex')

/** Another one each second: `bankid.<qrStartToken>.<seconds>.<HMAC-SHA256 of the seconds, hex>`. */
export function toQrText(order: Order, now: Date): string {
  const seconds = secondsOf(order, now)
  return `bankid.${order.qrStartToken}.${String(seconds)}.${codeOf(order, seconds)}`
}

/** As the app sees it: right, and of now. */
export function isFreshFrame(order: Order, text: string, now: Date): boolean {
  const [scheme, token, seconds, code, ...rest] = text.split('.')
  if (scheme !== 'bankid' || token !== order.qrStartToken || rest.length > 0 || !/^\d{1,6}$/.test(seconds ?? '')) {
    return false
  }
  const age = secondsOf(order, now) - Number(seconds)
  return age >= 0 && age <= frameLifeSeconds && code === codeOf(order, Number(seconds))
}

export interface OpenOrder {
  readonly consent: Consent
  readonly order: Order
}

/** Oldest first. */
export function openOrders({ consents }: InsurelyState): readonly OpenOrder[] {
  return consents
    .values()
    .flatMap((consent) =>
      consent.status === 'AWAITING_AUTHORIZATION' && consent.order !== null ? [{ consent, order: consent.order }] : [],
    )
}
