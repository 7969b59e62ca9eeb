type Id<Prefix extends string> = `${Prefix}_${string}`

export type ClientId = Id<'cli'>
export type UserId = Id<'usr'>
export type ConsentId = Id<'con'>
export type AuthSessionId = Id<'aus'>
export type InstitutionId = Id<'ins'>
export type EventId = Id<'evt'>
export type StepId = Id<'stp'>
export type RequestId = Id<'req'>
export type WebhookEndpointId = Id<'whe'>
export type WebhookDeliveryId = Id<'whd'>

export type IdPrefix = 'cli' | 'usr' | 'con' | 'aus' | 'ins' | 'evt' | 'stp' | 'req' | 'whe' | 'whd'

/** Mints ids. Injected, so that a test can know them beforehand. */
export interface IdSource {
  next<Prefix extends IdPrefix>(prefix: Prefix): Id<Prefix>
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'

/** In one piece: a string that was put together from its characters one by one takes twenty times the memory. */
const withBase32 = (head: string, bytes: Uint8Array): string => {
  const codes = Array.from(head, (character) => character.charCodeAt(0))
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      codes.push(ALPHABET.charCodeAt((held >> bits) & 31))
    }
    held &= (1 << bits) - 1
  }
  return String.fromCharCode(...codes)
}

/** 160 random bits as 32 characters of Crockford base 32: an id cannot be guessed and says nothing about its neighbours. */
export const randomIds: IdSource = {
  next: <Prefix extends IdPrefix>(prefix: Prefix) =>
    withBase32(`${prefix}_`, crypto.getRandomValues(new Uint8Array(20))) as Id<Prefix>,
}

/** True for a well-formed id of that kind. A malformed id is NOT_FOUND to a caller, never an error of its own. */
export const isId = <Prefix extends IdPrefix>(prefix: Prefix, value: string): value is Id<Prefix> =>
  value.startsWith(`${prefix}_`) && /^[\w-]{1,508}$/.test(value.slice(prefix.length + 1))
