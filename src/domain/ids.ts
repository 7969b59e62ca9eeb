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

/** Milliseconds since 1970, the most significant byte first: until the year 10889. */
const TIME_BYTES = 6
const RANDOM_BYTES = 14
/** Random bytes are asked for in this many portions at once, which takes as long as to ask for one. */
const PORTIONS = 128

let portions = new Uint8Array(0)
let taken = 0

const nextPortion = (): Uint8Array => {
  if (taken === portions.length) {
    portions = crypto.getRandomValues(new Uint8Array(PORTIONS * RANDOM_BYTES))
    taken = 0
  }
  taken += RANDOM_BYTES
  return portions.subarray(taken - RANDOM_BYTES, taken)
}

/**
 * The time in real time, then 112 random bits, as 32 characters of Crockford base 32: an id cannot be guessed, and says no more of its
 * neighbours than when it was made. The time is there for the store, whose indexes then grow at one end.
 */
export const randomIds: IdSource = {
  next: <Prefix extends IdPrefix>(prefix: Prefix) => {
    const bytes = new Uint8Array(TIME_BYTES + RANDOM_BYTES)
    const now = Date.now()
    for (let index = 0; index < TIME_BYTES; index += 1) bytes[index] = now / 256 ** (TIME_BYTES - 1 - index)
    bytes.set(nextPortion(), TIME_BYTES)
    return withBase32(`${prefix}_`, bytes) as Id<Prefix>
  },
}

/** True for a well-formed id of that kind. A malformed id is NOT_FOUND to a caller, never an error of its own. */
export const isId = <Prefix extends IdPrefix>(prefix: Prefix, value: string): value is Id<Prefix> =>
  value.startsWith(`${prefix}_`) && /^[\w-]{1,508}$/.test(value.slice(prefix.length + 1))
