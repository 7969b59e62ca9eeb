import { GatewayError } from '../../../src/domain/errors.ts'
import type { CallContext, ProviderConnector } from '../../../src/domain/provider.ts'
import { PERSON } from '../provider/witness.ts'
import { isError, refuse, type Saboteur, saboteur, type Spoil, type Victim } from './saboteur.ts'

/** A mistake in each error that a call ends with. */
const onFault =
  (change: (error: GatewayError) => unknown) =>
  <Given extends unknown[], T>(work: (...given: Given) => Promise<T>) =>
  (...given: Given): Promise<T> =>
    work(...given).catch((error: unknown) => {
      throw error instanceof GatewayError ? change(error) : error
    })

const asUnavailable = onFault(() => new GatewayError('PROVIDER_UNAVAILABLE'))
const withGossip = onFault(({ code }) => new GatewayError(code, { message: `${PERSON.email} is refused.` }))

/** For as long as a test may take. */
const patient = (call: CallContext): CallContext => ({
  ...call,
  signal: new AbortController().signal,
  deadline: new Date(Date.now() + 60_000),
})

const READERS = ['status', 'readConsents', 'institutions', 'accounts'] as const
type Reader = (typeof READERS)[number]

const VICTIMS: Readonly<Record<Reader, Victim>> = {
  status: 'openBankProject',
  readConsents: 'enableBanking',
  institutions: 'insurely',
  accounts: 'fiskil',
}

/** One mistake in each error of a read; those of a list of consents are values. */
const inErrors =
  (reader: Reader, change: (error: GatewayError) => GatewayError): Spoil =>
  (c) =>
    reader === 'readConsents'
      ? {
          readConsents: async (keys, call) =>
            (await c.readConsents(keys, call)).map((one) => (isError(one) ? change(one) : one)),
        }
      : { [reader]: onFault(change)(c[reader] as (...given: unknown[]) => Promise<unknown>) }

/** The call comes last. */
const withPatience =
  (reader: Reader): Spoil =>
  (c: ProviderConnector) => ({
    [reader]: (...given: unknown[]) =>
      (c[reader] as (...given: unknown[]) => Promise<unknown>)(
        ...given.with(given.length - 1, patient(given.at(-1) as CallContext)),
      ),
  })

const inRead = (reader: Reader): readonly Saboteur[] => {
  const at = VICTIMS[reader]
  const own = inErrors(reader, () => new GatewayError('INTERNAL'))
  const forgetful = inErrors(reader, ({ code }) => new GatewayError(code))
  const gossip = inErrors(reader, ({ code }) => new GatewayError(code, { message: PERSON.personalNumber }))
  return [
    saboteur(`faults that ${reader} takes for ours`, at, `${reader} rejects in our own words for a body`, own),
    saboteur(`a wait that ${reader} forgets`, at, `${reader} rejects in our own words for a 429 with Retry`, forgetful),
    saboteur(`gossip of ${reader}`, at, `${reader} repeats nothing of what`, gossip),
    saboteur(`a caller whom ${reader} does not see go`, at, `ends ${reader} when its caller`, withPatience(reader)),
  ]
}

export const IN_FAULTS: readonly Saboteur[] = [
  ...READERS.flatMap(inRead),
  saboteur('gossip about a change', 'insurely', 'a change repeats nothing', (c) => ({ revoke: withGossip(c.revoke) })),
  saboteur('a lost start that is called harmless', 'insurely', 'to a start is no known outcome', (c) => ({
    start: asUnavailable(c.start),
  })),
  saboteur('a lost start that is made again', 'fiskil', 'to a start is no known outcome', (c) => ({
    start: (...given) => c.start(...given).catch(() => c.start(...given)),
  })),
  saboteur('a lost start that is not found', 'openBankProject', 'to a start is no known outcome', () => ({
    recoverStart: () => Promise.resolve([]),
  })),
  saboteur('a find where nothing is', 'insurely', 'of a start that never arrived', () => ({
    recoverStart: ({ draft }) => Promise.resolve([{ next: { kind: 'DONE' }, state: draft, consent: null }]),
  })),
  saboteur('an answer that is sent again', 'openBankProject', 'to the grant is no known outcome', (c) => ({
    answer: (...given) => c.answer(...given).catch(() => c.answer(...given)),
  })),
  saboteur('a lost code that is called a refusal', 'enableBanking', 'to the grant is no known outcome', (c) => ({
    complete: asUnavailable(c.complete!),
  })),
  saboteur('a lost revocation that is called a refusal', 'enableBanking', 'to a revocation is found out', (c) => ({
    revoke: (...given) =>
      c.revoke(...given).then((ended) => (ended.raw?.includes('CLOSED_SESSION') ? refuse() : ended)),
  })),
  saboteur('a start that nobody can end', 'enableBanking', 'ends a start when its caller', (c) => ({
    start: (request, draft, call) => c.start(request, draft, patient(call)),
  })),
  saboteur('a call for nobody', 'fiskil', 'makes no call for a caller', (c) => ({
    institutions: async (call) => {
      await c.institutions(patient(call))
      return await c.institutions(call)
    },
  })),
  saboteur('a deadline that is not kept', 'enableBanking', 'ends at its deadline', (c) => ({
    institutions: (call) => c.institutions(patient(call)),
  })),
]
