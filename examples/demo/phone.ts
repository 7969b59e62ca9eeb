import { DemoFailure } from './failure.ts'
import { type Gateway, interrupted } from './gateway.ts'

/** The app on the person's phone, as the sandbox plays it. */
export interface Phone {
  /** The order that the code stands for; null where the code is no longer valid. */
  scan(qr: string): Promise<string | null>
  approve(orderRef: string): Promise<void>
}

const GONE = 410

export const findPhone = async (gateway: Gateway): Promise<Phone> => {
  const { sandbox } = await gateway.ask<{ sandbox: { phoneUrl: string } | null }>('{ sandbox { phoneUrl } }')
  if (sandbox === null) {
    throw new DemoFailure('NO_SANDBOX', 'This gateway has no phone.', 'Run the demo against a development gateway.')
  }
  const post = async (path: string, form: Readonly<Record<string, string>> = {}): Promise<Response> => {
    const url = `${sandbox.phoneUrl}/${path}`
    try {
      const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), signal: gateway.signal })
      if (response.ok || response.status === GONE) return response
      throw new Error(`${response.status} ${await response.text()}`)
    } catch (cause) {
      if (gateway.signal.aborted) throw interrupted(cause)
      const advice = 'Run the demo on the machine that the gateway runs on.'
      throw new DemoFailure('NO_PHONE', `The phone at ${url} does not do it.`, advice, cause)
    }
  }
  return {
    scan: async (qr) => {
      const response = await post('scan', { qr })
      return response.ok ? ((await response.json()) as { orderRef: string }).orderRef : null
    },
    approve: async (orderRef) => {
      await post(`orders/${orderRef}/approve`)
    },
  }
}
