/** Frames of RFC 6455 as far as a client needs them that reads whole text frames and wants to cost next to nothing. */

const TEXT = 0x81
const PONG = 0x8a
const MASKED = 0x80
/** A mask of zeros leaves the payload as it is. */
const MASK_BYTES = 4

/** As a client sends it. */
export const toClientFrame = (payload: Buffer, head: number = TEXT): Buffer => {
  const { length } = payload
  const long = length > 125
  const frame = Buffer.alloc((long ? 4 : 2) + MASK_BYTES + length)
  frame[0] = head
  frame[1] = MASKED | (long ? 126 : length)
  if (long) frame.writeUInt16BE(length, 2)
  payload.copy(frame, (long ? 4 : 2) + MASK_BYTES)
  return frame
}

export const toTextFrame = (message: unknown): Buffer => toClientFrame(Buffer.from(JSON.stringify(message)))

export const toPong = (payload: Buffer): Buffer => toClientFrame(payload, PONG)

export interface FrameAt {
  readonly opcode: number
  readonly start: number
  readonly end: number
}

/** The frame of a server that begins there; null while it is not complete. */
export const frameAt = (bytes: Buffer, offset: number): FrameAt | null => {
  if (bytes.length - offset < 2) return null
  const short = (bytes[offset + 1] ?? 0) & 0x7f
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length - offset < 2 + lengthBytes) return null
  const start = offset + 2 + lengthBytes
  const length =
    short === 126 ? bytes.readUInt16BE(offset + 2) : short === 127 ? Number(bytes.readBigUInt64BE(offset + 2)) : short
  if (bytes.length < start + length) return null
  return { opcode: (bytes[offset] ?? 0) & 0x0f, start, end: start + length }
}
