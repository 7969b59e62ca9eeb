import { expect } from 'vitest'
import { GatewayError } from '../../../src/domain/errors.ts'
import type {
  ProviderConnector,
  ProviderConsent,
  ProviderUser,
  SessionStep,
  StartRequest,
} from '../../../src/domain/provider.ts'

/** The person of every test: none of it may show in an error, a step or a consent. */
export const PERSON = {
  email: 'canary.person@psu.example',
  phone: '+46700990042',
  personalNumber: '198507159876',
  ipAddress: '203.0.113.77',
  userAgent: 'CanaryBrowser/7.7',
} as const satisfies Partial<StartRequest['psu']>

/** What a bank may say of the person in a sentence. */
export const IN_A_SENTENCE = [PERSON.email, PERSON.phone, PERSON.personalNumber, PERSON.ipAddress] as const

/** Three parts in base64url, the first of which is JSON: some bearer's right. */
const JWT = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/

/** Throws an assertion error that does not itself repeat what it found. */
export const expectNoSecret = (shown: unknown, canaries: readonly string[], where: string): void => {
  const text = typeof shown === 'string' ? shown : JSON.stringify(shown ?? null)
  const plain = text.replaceAll(/[\s()+-]/g, '')
  const found = canaries.filter((canary) => text.includes(canary) || plain.includes(canary.replaceAll(/[\s()+-]/g, '')))
  expect(
    found.map((canary) => `${canary.slice(0, 3)}...`),
    `${where} shows what is secret or of the person`,
  ).toEqual([])
  expect(JWT.test(text), `${where} shows a token`).toBe(false)
}

const publicOf = ({ secrets: _, ...shown }: ProviderConsent): object => shown

const isStep = (value: object): value is SessionStep => 'next' in value && 'state' in value
const isConsent = (value: object): value is ProviderConsent => 'providerConsentId' in value
const isUser = (value: object): value is ProviderUser => 'ref' in value && 'secrets' in value

/** What of a connector's result is stored readable or shown: all but sealed parts. */
const shownOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shownOf)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof GatewayError) return shownOfError(value)
  if (isStep(value)) return { ...value, state: null, consent: value.consent && publicOf(value.consent) }
  if (isUser(value)) return value.ref
  return isConsent(value) ? publicOf(value) : value
}

const shownOfError = ({ message, code, path, providerCode }: GatewayError): object => ({
  message,
  code,
  path,
  providerCode,
})

/**
 * The connector under oath: each rejection must be a GatewayError, errors must be errors of ours also where they come as
 * values, and nothing that is shown may hold a canary. What holds then holds for every call of the whole suite.
 */
export const watch = (connector: ProviderConnector, canaries: readonly string[]): ProviderConnector => {
  const check = (name: string, outcome: unknown): void => {
    expectNoSecret(shownOf(outcome), canaries, `${connector.id}.${name}`)
    for (const item of Array.isArray(outcome) ? (outcome as unknown[]) : [outcome]) {
      if (item instanceof Error) expect(item, `${name} answers with another error`).toBeInstanceOf(GatewayError)
    }
  }
  const fail = (name: string, error: unknown): never => {
    expect(error, `${name} fails with another error`).toBeInstanceOf(GatewayError)
    check(name, error)
    throw error
  }
  const pass = (name: string, outcome: unknown): unknown => {
    check(name, outcome)
    return outcome
  }

  /** A call that is no call: it answers at once. So does `stateAfterEnd`, which refuses nothing. */
  const watchedPrepare: ProviderConnector['prepare'] = (request) => {
    try {
      return connector.prepare(request)
    } catch (error) {
      return fail('prepare', error)
    }
  }

  const watched =
    (name: string, work: (...given: unknown[]) => unknown) =>
    (...given: unknown[]) => {
      let outcome: unknown
      try {
        outcome = work(...given)
      } catch (error) {
        throw new Error(`${name} throws, and does not reject`, { cause: error })
      }
      expect(outcome, `${name} answers without a promise`).toBeInstanceOf(Promise)
      return (outcome as Promise<unknown>).then(
        (value) => pass(name, value),
        (error: unknown) => fail(name, error),
      )
    }

  const members = Object.entries(connector).map(([name, member]: [string, unknown]) => [
    name,
    typeof member === 'function' ? watched(name, member as (...given: unknown[]) => unknown) : member,
  ])
  const { stateAfterEnd } = connector
  // The same members under the same names.
  return { ...Object.fromEntries(members), prepare: watchedPrepare, ...(stateAfterEnd && { stateAfterEnd }) }
}
