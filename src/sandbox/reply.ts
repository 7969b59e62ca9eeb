export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
  /** Real time to wait, after the effect, before the reply is sent. Default 0. */
  readonly delayMs?: number
}

type Headers = Readonly<Record<string, string>>

export function json(status: number, value: unknown, headers: Headers = {}): Reply {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(value) }
}

export function text(status: number, body: string, headers: Headers = {}): Reply {
  return { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers }, body }
}

export function empty(status: number, headers: Headers = {}): Reply {
  return { status, headers, body: '' }
}

export function seeOther(location: string | URL, headers: Headers = {}): Reply {
  return empty(303, { Location: String(location), 'Cache-Control': 'no-store', ...headers })
}
