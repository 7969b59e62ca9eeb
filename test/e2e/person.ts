import { goThrough } from './browser.ts'
import type { AnyStep, Flow, FlowSession } from './flow.ts'
import type { GatewayProcess } from './gateway-process.ts'
import { connectSandbox, type SandboxControl } from './sandbox-control.ts'

/** What the phone of the sandbox said after something was done with it. */
export interface PhoneAnswer {
  readonly status: number
  readonly orderRef: string
  readonly consentId: string
}

/** The app on a person's phone. */
export interface Phone {
  scan(qr: string): Promise<PhoneAnswer>
  open(autoStartToken: string): Promise<PhoneAnswer>
  /** Once the app has the order: `approve`, `cancel`, `other-person` or `fail`. */
  end(orderRef: string, how: string): Promise<PhoneAnswer>
  /** `withdraw`, or `collect`. */
  act(consentId: string, how: string): Promise<PhoneAnswer>
}

export interface Person {
  readonly phone: Phone
  /**
   * Does what the step asks, as `outcome` says for who has a choice. Answers with where the bank sends them, where it
   * does: unopened.
   */
  act(session: Pick<FlowSession, 'id' | 'nextStep'>, psu: object, outcome?: string): Promise<URL | null>
  /** Approves, and opens what the bank leads back to. */
  approve(session: Pick<FlowSession, 'id' | 'nextStep'>, psu: object): Promise<void>
  /** The simulator behind a step. */
  simulatorOf(step: AnyStep): SandboxControl
}

const openPhone = (url: string): Phone => {
  const post = async (path: string, form: Readonly<Record<string, string>> = {}): Promise<PhoneAnswer> => {
    const response = await fetch(`${url}/${path}`, { method: 'POST', body: new URLSearchParams(form) })
    return { ...((await response.json()) as PhoneAnswer), status: response.status }
  }
  return {
    scan: (qr) => post('scan', { qr }),
    open: (autoStartToken) => post('open', { autoStartToken }),
    end: (orderRef, how) => post(`orders/${orderRef}/${how}`),
    act: (consentId, how) => post(`consents/${consentId}/${how}`),
  }
}

const EMAIL = 'psu@sandbox.example'

/** The newest code that a page of a bank has sent. */
const fillIn = async (name: string, page: URL): Promise<string | undefined> =>
  name === 'otp' ? await connectSandbox(page.origin).code(EMAIL) : name === 'email' ? EMAIL : undefined

/** Where a person finds what is sent to them. */
export interface SandboxAddresses {
  readonly inboxUrl: string
  readonly phoneUrl: string
}

const addressesOf = async (gateway: GatewayProcess): Promise<SandboxAddresses> =>
  (await gateway.graphql<{ sandbox: SandboxAddresses }>('{ sandbox { inboxUrl phoneUrl } }')).sandbox

/** A person who does what they are shown, whoever shows it: by the kind of the step alone. */
export const createPerson = async (
  gateway: GatewayProcess,
  flow: Flow,
  elsewhere?: SandboxAddresses,
): Promise<Person> => {
  const sandbox = elsewhere ?? (await addressesOf(gateway))
  const phone = openPhone(sandbox.phoneUrl)
  const inbox = connectSandbox(new URL(sandbox.inboxUrl).origin)

  const act: Person['act'] = async ({ id, nextStep: step }, psu, outcome = 'approve') => {
    switch (step?.kind) {
      case 'REDIRECT':
        return await goThrough(step.url, outcome, fillIn)
      case 'OTP': {
        const { phone: to } = psu as { phone: string }
        const errors = await flow.answer(id, step.id, await inbox.code(to))
        if (errors.length > 0) throw new Error(JSON.stringify(errors))
        return null
      }
      case 'QR':
        await phone.end((await phone.scan(step.frame.data)).orderRef, outcome)
        return null
      case 'APP_LAUNCH':
        await phone.end((await phone.open(step.autoStartToken)).orderRef, outcome)
        return null
      case undefined:
        throw new Error('there is nothing to do')
    }
  }

  return {
    phone,
    act,
    approve: async (session, psu) => {
      const back = await act(session, psu)
      // A browser would stop at the client's own page.
      if (back !== null) await fetch(back, { redirect: 'manual' })
    },
    simulatorOf: ({ kind, url }) => {
      if (kind === 'OTP') return inbox
      return connectSandbox(new URL(kind === 'REDIRECT' ? url : sandbox.phoneUrl).origin)
    },
  }
}
