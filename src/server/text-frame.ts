/** RFC 6455, section 5.2: a whole text message, not masked, as a server sends it. */
const FIN_TEXT = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127
const SHORT_MAX = 125
const MAX_16 = 0xffff

/** @param body UTF-8 that follows on the head */
export const toTextFrame = (head: string, body: Uint8Array): Buffer => {
  const headBytes = Buffer.byteLength(head)
  const length = headBytes + body.length
  const offset = length <= SHORT_MAX ? 2 : length <= MAX_16 ? 4 : 10
  const frame = Buffer.allocUnsafe(offset + length)
  frame[0] = FIN_TEXT
  if (offset === 2) frame[1] = length
  else if (offset === 4) {
    frame[1] = LENGTH_16
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = LENGTH_64
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  frame.write(head, offset)
  frame.set(body, offset + headBytes)
  return frame
}
