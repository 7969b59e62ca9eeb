import { Agent } from 'undici'

export interface ProbeAnswer {
  readonly status: number
  /** Null where it is not JSON. */
  readonly body: unknown
}

const MAX_BYTES = 65_536

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // Something else answers there; its status says so.
    return null
  }
}

/**
 * One GET, whatever the status. Follows no redirects.
 *
 * @throws Error whose `code`, or that of a cause, says why there was no answer
 */
export const probe = async (address: string, signal: AbortSignal): Promise<ProbeAnswer> => {
  const url = new URL(address)
  const agent = new Agent({ allowH2: false, maxResponseSize: MAX_BYTES, connect: { minVersion: 'TLSv1.2' } })
  try {
    const { statusCode, body } = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: { accept: 'application/json' },
      signal,
    })
    return { status: statusCode, body: parse(await body.text()) }
  } finally {
    await agent.destroy()
  }
}
