import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { RequestRefused } from './reply.ts'

/** After a refusal, this much more is read and thrown away, so that the caller gets to see the answer. */
const DISCARD_BYTES = 4 * 1024 * 1024

const tooLarge = (limitBytes: number): RequestRefused =>
  new RequestRefused(413, 'PAYLOAD_TOO_LARGE', `The body is larger than the limit of ${limitBytes} bytes.`)

const discard = (request: IncomingMessage): void => {
  let left = DISCARD_BYTES
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) request.socket.destroy()
  })
  request.resume()
}

/** Rejects with 413 beyond the limit, as soon as that is known. */
export const readBody = (request: IncomingMessage, limitBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    if (Number(request.headers['content-length'] ?? 0) > limitBytes) {
      discard(request)
      reject(tooLarge(limitBytes))
      return
    }
    const chunks: Buffer[] = []
    let bytes = 0
    let isWhole = false
    const stop = (): void => {
      request.off('data', collect)
      request.off('end', finish)
      request.off('close', abandon)
    }
    const collect = (chunk: Buffer): void => {
      bytes += chunk.length
      chunks.push(chunk)
      if (bytes <= limitBytes) return
      stop()
      discard(request)
      reject(tooLarge(limitBytes))
    }
    const finish = (): void => {
      isWhole = true
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks))
    }
    const abandon = (): void => {
      // Every request closes in the end.
      if (!isWhole) reject(new RequestRefused(400, 'BAD_REQUEST', 'The body ended early.'))
    }
    request.on('data', collect)
    request.on('end', finish)
    request.on('close', abandon)
    // `close` follows.
    request.on('error', () => {})
  })

const JSON_CONTENT_TYPE = /^application\/json\s*(?:;\s*charset="?utf-8"?\s*)?$/i

export const isJson = (contentType: string | undefined): boolean =>
  contentType !== undefined && JSON_CONTENT_TYPE.test(contentType)

export const parseJson = (body: Buffer): unknown => {
  if (!isUtf8(body)) throw new RequestRefused(400, 'BAD_REQUEST', 'The body is not UTF-8.')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    // The parser's own words quote the body, so they are not kept.
    throw new RequestRefused(400, 'BAD_REQUEST', 'The body is not valid JSON.')
  }
}
