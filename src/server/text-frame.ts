/** RFC 6455, section 5.2: whole messages, not masked, as a server sends them. */
const FIN_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127
const SHORT_MAX = 125
const MAX_16 = 0xffff

/** A ping that brings nothing, as everybody is sent. */
export const PING_FRAME = Buffer.from([0x89, 0])

const headerOf = (length: number): string => {
  if (length <= SHORT_MAX) return String.fromCharCode(FIN_TEXT, length)
  if (length <= MAX_16) return String.fromCharCode(FIN_TEXT, LENGTH_16, length >> 8, length & 0xff)
  const bytes = Buffer.alloc(10)
  bytes[0] = FIN_TEXT
  bytes[1] = LENGTH_64
  bytes.writeBigUInt64BE(BigInt(length), 2)
  return bytes.toString('latin1')
}

let last = { length: 0, header: headerOf(0) }

/**
 * One character for each byte, to be written as `latin1`: Node writes such a string as it is, without a buffer for each socket.
 *
 * @param head UTF-8, likewise one character for each byte
 * @param body as the head; what many sockets share
 */
export const toTextFrame = (head: string, body: string): string => {
  const length = head.length + body.length
  // Those who share a body have names of one length, nearly always.
  if (last.length !== length) last = { length, header: headerOf(length) }
  return last.header + head + body
}
