import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toInstitutionId } from '../../src/domain/institution.ts'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, type Operations, operationsOf, type Payload } from './operations.ts'
import type { SandboxControl } from './sandbox-control.ts'

let gateway: GatewayProcess
let sandbox: SandboxControl
let client: Operations

beforeAll(async () => {
  gateway = await startGateway({ env: { RETURN_TO: 'https://app.example/back' } })
  sandbox = await gateway.sandbox()
  client = operationsOf(gateway)
  await gateway.graphql('{ institutions { totalCount } }')
})
afterAll(() => gateway[Symbol.asyncDispose]())

const untouched = async (work: () => Promise<Payload>): Promise<Payload> => {
  const { result, calls } = await sandbox.callsDuring(work)
  expect(calls).toEqual([])
  return result
}

const options = (openBankProject: object) => ({ providerOptions: { openBankProject } })
const OPTIONS = ['input', 'providerOptions', 'openBankProject']
const until = (fromNowMs: number) => ({ access: { validity: { until: new Date(Date.now() + fromNowMs) } } })
const view = (bankId: string) => ({ bankId, accountId: 'sandbox.otp.current', viewId: 'owner' })

type Case = readonly [name: string, input: object, code: string, path: readonly string[]]

const CASES: readonly Case[] = [
  ['an unknown user', { user: { externalId: 'nobody' } }, 'NOT_FOUND', ['input', 'user']],
  ['a user id that is none', { user: { id: 'con_x' } }, 'NOT_FOUND', ['input', 'user']],
  [
    'an id that is none',
    { target: { institutionId: 'sandbox.otp' } },
    'NOT_FOUND',
    ['input', 'target', 'institutionId'],
  ],
  [
    'a bank that does not exist',
    { target: { institutionId: bank('sandbox.nowhere') } },
    'NOT_FOUND',
    ['input', 'target', 'institutionId'],
  ],
  [
    'a bank with a path in its name',
    { target: { institutionId: bank('../../x') } },
    'NOT_FOUND',
    ['input', 'target', 'institutionId'],
  ],
  [
    'a provider that is none',
    { target: { institutionId: toInstitutionId({ provider: 'NOWHERE' as never, ref: 'x' }) } },
    'NOT_FOUND',
    ['input', 'target', 'institutionId'],
  ],
  [
    'a provider without a page to choose on',
    { target: { provider: 'OPEN_BANK_PROJECT' } },
    'CAPABILITY_NOT_SUPPORTED',
    ['input', 'target', 'provider'],
  ],
  [
    'a second too many',
    { access: { validity: { seconds: 3601 } } },
    'VALIDITY_TOO_LONG',
    ['input', 'access', 'validity', 'seconds'],
  ],
  [
    'ninety days',
    { access: { validity: { seconds: 7_776_000 } } },
    'VALIDITY_TOO_LONG',
    ['input', 'access', 'validity', 'seconds'],
  ],
  ['two hours from now', until(7_200_000), 'VALIDITY_TOO_LONG', ['input', 'access', 'validity', 'until']],
  ['a validity in the past', until(-1000), 'INVALID_INPUT', ['input', 'access', 'validity', 'until']],
  ['no second', { access: { validity: { seconds: 0 } } }, 'INVALID_INPUT', ['input', 'access', 'validity', 'seconds']],
  [
    'seconds below zero',
    { access: { validity: { seconds: -5 } } },
    'INVALID_INPUT',
    ['input', 'access', 'validity', 'seconds'],
  ],
  ['no account', { access: { accountIds: [] } }, 'INVALID_INPUT', ['input', 'access', 'accountIds']],
  [
    'permissions',
    { access: { permissions: ['transactions'] } },
    'CAPABILITY_NOT_SUPPORTED',
    ['input', 'access', 'permissions'],
  ],
  ['no balances', { access: { balances: false } }, 'CAPABILITY_NOT_SUPPORTED', ['input', 'access', 'balances']],
  [
    'no transactions',
    { access: { transactions: false } },
    'CAPABILITY_NOT_SUPPORTED',
    ['input', 'access', 'transactions'],
  ],
  ['a phone that is none', { psu: { phone: 'call me' } }, 'INVALID_INPUT', ['input', 'psu', 'phone']],
  ['an e-mail address that is none', { psu: { email: 'ada' } }, 'INVALID_INPUT', ['input', 'psu', 'email']],
  ['SMS without a phone', options({ scaMethod: 'SMS' }), 'INVALID_INPUT', ['input', 'psu', 'phone']],
  ['e-mail without an address', options({ scaMethod: 'EMAIL' }), 'INVALID_INPUT', ['input', 'psu', 'email']],
  [
    'a personal number with a dash',
    { psu: { personalNumber: '19900101-1234' } },
    'INVALID_INPUT',
    ['input', 'psu', 'personalNumber'],
  ],
  ['steps that do not fit', { supportedSteps: ['REDIRECT', 'QR'] }, 'STEP_UNSUPPORTED', ['input', 'supportedSteps']],
  ['no steps', { supportedSteps: [] }, 'STEP_UNSUPPORTED', ['input', 'supportedSteps']],
  [
    "another provider's options",
    { providerOptions: { fiskil: {} } },
    'INVALID_INPUT',
    ['input', 'providerOptions', 'fiskil'],
  ],
  ['everything, and a view too', options({ everything: true, views: [view('sandbox.otp')] }), 'INVALID_INPUT', OPTIONS],
  [
    'everything, and accounts',
    { ...options({ everything: true }), access: { accountIds: ['sandbox.otp.current'] } },
    'INVALID_INPUT',
    ['input', 'access', 'accountIds'],
  ],
  ['nothing at all', options({ views: [] }), 'INVALID_INPUT', [...OPTIONS, 'views']],
  [
    "another bank's view",
    options({ views: [view('sandbox.otp-slow')] }),
    'INVALID_INPUT',
    [...OPTIONS, 'views', '0', 'bankId'],
  ],
  [
    "another bank's role",
    options({ entitlements: [{ bankId: 'x', roleName: 'Y' }] }),
    'INVALID_INPUT',
    [...OPTIONS, 'entitlements', '0', 'bankId'],
  ],
  [
    'a beginning behind the end',
    { ...options({ validFrom: new Date(Date.now() + 600_000) }), ...until(60_000) },
    'INVALID_INPUT',
    [...OPTIONS, 'validFrom'],
  ],
  ['a token that cannot be a header', options({ userToken: 'a\nb' }), 'INVALID_INPUT', [...OPTIONS, 'userToken']],
  [
    'an address that is not registered',
    { returnTo: { success: 'https://evil.example/back' } },
    'NOT_ALLOWED',
    ['input', 'returnTo', 'success'],
  ],
  [
    'another path',
    { returnTo: { success: 'https://app.example/back/door' } },
    'NOT_ALLOWED',
    ['input', 'returnTo', 'success'],
  ],
  [
    'another port',
    { returnTo: { success: 'https://app.example:444/back' } },
    'NOT_ALLOWED',
    ['input', 'returnTo', 'success'],
  ],
  [
    'a host that only begins alike',
    { returnTo: { success: 'https://app.example.evil.example/back' } },
    'NOT_ALLOWED',
    ['input', 'returnTo', 'success'],
  ],
  [
    'another address to cancel',
    { returnTo: { success: 'https://app.example/back', cancel: 'https://evil.example/' } },
    'NOT_ALLOWED',
    ['input', 'returnTo', 'cancel'],
  ],
  [
    'a fragment',
    { returnTo: { success: 'https://app.example/back#x' } },
    'INVALID_INPUT',
    ['input', 'returnTo', 'success'],
  ],
  ['an idempotency key with a space', { idempotencyKey: 'a b' }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
  ['an empty idempotency key', { idempotencyKey: '' }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
  ['a long idempotency key', { idempotencyKey: 'k'.repeat(256) }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
  ['an idempotency key outside ASCII', { idempotencyKey: 'ключ' }, 'INVALID_INPUT', ['input', 'idempotencyKey']],
]

describe('is refused before any call, and leaves nothing', () => {
  test.each(CASES)('%s', async (_, input, code, path) => {
    const { authSession, consent, userErrors } = await untouched(() => client.start(input))
    expect(userErrors).toMatchObject([{ code, path }])
    expect([authSession, consent]).toEqual([null, null])
  })

  test('the list of the person is empty after all that', async () => {
    expect(await gateway.graphql('{ consents { totalCount } consentEvents { nodes { id } } }')).toEqual({
      consents: { totalCount: 0 },
      consentEvents: { nodes: [] },
    })
  })
})

describe('is taken', () => {
  test('an address with a query of its own', async () => {
    const returnTo = { success: 'https://app.example/back?tab=2', cancel: 'https://app.example/back' }
    expect((await client.start({ returnTo })).userErrors).toEqual([])
  })

  test('the longest validity, and a key of 255 characters', async () => {
    const access = { validity: { seconds: 3600 } }
    expect((await client.start({ access, idempotencyKey: `!${'~'.repeat(254)}` })).userErrors).toEqual([])
  })
})

describe('is refused by the bank', () => {
  test.each<Case>([
    [
      'a view that the person does not have',
      options({ views: [{ ...view('sandbox.otp'), viewId: 'auditor2' }] }),
      'INVALID_INPUT',
      [...OPTIONS, 'views'],
    ],
    [
      "somebody else's account",
      { access: { accountIds: ['sandbox.otp.other'] } },
      'INVALID_INPUT',
      ['input', 'access', 'accountIds'],
    ],
    [
      'a role that the person does not have',
      options({ entitlements: [{ bankId: '', roleName: 'CanDoAll' }] }),
      'INVALID_INPUT',
      [...OPTIONS, 'entitlements'],
    ],
    ['a consumer that is not there', options({ consumerId: 'nobody' }), 'INVALID_INPUT', [...OPTIONS, 'consumerId']],
    [
      'a token that is not known',
      options({ userToken: 'DirectLogin token="x"' }),
      'INVALID_INPUT',
      [...OPTIONS, 'userToken'],
    ],
  ])('%s', async (_, input, code, path) => {
    const before = await sandbox.ledger()
    const { authSession, consent, userErrors } = await client.start(input)
    expect(userErrors).toMatchObject([{ code, path }])
    if (authSession !== null) {
      expect([authSession.sessionStatus, consent?.status, consent?.statusReason]).toEqual([
        'FAILED',
        'FAILED',
        'PROVIDER_ERROR',
      ])
    }
    expect((await sandbox.ledger()).filter(({ effect }) => effect.startsWith('consent.'))).toEqual(
      before.filter(({ effect }) => effect.startsWith('consent.')),
    )
  })

  test('a phone out of reach: what the bank kept of it is taken back', async () => {
    const begun = await client.start({
      psu: { phone: '+155535010' },
      // Unlike any other of this test: of several that fit what was asked for, none is touched.
      access: { accountIds: ['sandbox.otp.savings'], validity: { seconds: 1234 } },
    })
    expect(begun.userErrors).toMatchObject([
      { code: 'PROVIDER_PROBLEM', problem: { code: 'PROVIDER_REJECTED', providerCode: 'OBP-35010', retryable: false } },
    ])
    const [made] = (await sandbox.ledger('consent.created')).slice(-1)
    expect(await sandbox.ledger('consent.revoked', made?.ids['consentId'])).toHaveLength(1)
  })
})
