export interface LedgerEntry {
  readonly effect: string
  readonly ids: Readonly<Record<string, string>>
}

export interface SandboxCall {
  readonly method: string
  readonly path: string
  readonly status: number | null
}

/** The simulator of Open Bank Project, as a test outside of its process sees and steers it. */
export interface SandboxControl {
  readonly url: string
  /** What it did, of one effect or of all; `consent` narrows to one of its consents. */
  ledger(effect?: string, consent?: string | null): Promise<readonly LedgerEntry[]>
  calls(): Promise<readonly SandboxCall[]>
  /** Which calls `work` makes it get, and what came of the work. */
  callsDuring<Result>(work: () => Promise<Result>): Promise<{ result: Result; calls: readonly SandboxCall[] }>
  /** See `src/sandbox/faults.ts`. */
  fault(fault: Readonly<Record<string, unknown>>): Promise<void>
  heal(): Promise<void>
  /** Moves the clock that consents and sessions live by. */
  advance(byMs: number): Promise<void>
  /** The newest code that was "sent" to an address, read as its owner would. */
  code(to: string): Promise<string>
}

export const CREATE = 'POST /obp/v3.1.0/banks/:bankId/my/consents/:method'
export const ANSWER = 'POST /obp/v3.1.0/banks/:bankId/consents/:id/challenge'
export const REVOKE = 'GET /obp/v3.1.0/banks/:bankId/my/consents/:id/revoke'
export const LIST = 'GET /obp/v3.1.0/banks/:bankId/my/consents'
export const ANYTHING = '/*'

export const connectSandbox = (url: string): SandboxControl => {
  const call = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await fetch(url + path, {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return (await response.json()) as Body
  }
  const calls = async (): Promise<readonly SandboxCall[]> =>
    (await call<{ calls: readonly SandboxCall[] }>('GET', '/_sandbox/calls')).calls

  return {
    url,
    calls,
    ledger: async (effect, consent) => {
      const query = effect === undefined ? '' : `?effect=${effect}`
      const { entries } = await call<{ entries: readonly LedgerEntry[] }>('GET', `/_sandbox/ledger${query}`)
      return consent === undefined ? entries : entries.filter(({ ids }) => ids['consentId'] === consent)
    },
    callsDuring: async (work) => {
      const before = (await calls()).length
      const result = await work()
      return { result, calls: (await calls()).slice(before) }
    },
    fault: async (fault) => {
      await call('POST', '/_sandbox/faults', fault)
    },
    heal: async () => {
      await call('DELETE', '/_sandbox/faults')
    },
    advance: async (advanceMs) => {
      await call('POST', '/_sandbox/clock', { advanceMs })
    },
    code: async (to) => {
      const { messages } = await call<{ messages: readonly { code: string }[] }>(
        'GET',
        `/inbox.json?to=${encodeURIComponent(to)}`,
      )
      const code = messages.at(-1)?.code
      if (code === undefined) throw new Error(`nothing was sent to ${to}`)
      return code
    },
  }
}
