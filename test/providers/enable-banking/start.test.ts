import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../../src/domain/errors.ts'
import type { StartRequest } from '../../../src/domain/provider.ts'
import { calling, caught, DAY_MS, psu, startConnector } from './harness.ts'

const options = (members: StartRequest['options']): Partial<StartRequest> => ({ options: members })

describe('what is refused before any call', () => {
  const access = (fields: Partial<StartRequest['access']>) => ({
    access: {
      permissions: [],
      accountIds: null,
      balances: true,
      transactions: true,
      validFrom: null,
      validUntil: null,
      ...fields,
    },
  })

  it.each<[string, Partial<StartRequest>, string, string]>([
    ['no institution', { institutionRef: null }, 'INVALID_INPUT', 'input.target.institutionId'],
    ['a name that is none', { institutionRef: 'Sandbox' }, 'NOT_FOUND', 'input.target.institutionId'],
    ['a screen without redirects', { supportedSteps: ['OTP'] }, 'STEP_UNSUPPORTED', 'input.supportedSteps'],
    ['no end', { validUntil: null }, 'INVALID_INPUT', 'input.access.validity'],
    ['permissions', access({ permissions: ['x'] }), 'CAPABILITY_NOT_SUPPORTED', 'input.access.permissions'],
    ['an account that has no name', access({ accountIds: ['FI00'] }), 'INVALID_INPUT', 'input.access.accountIds'],
    ['an IBAN with a slip', access({ accountIds: ['FI2112345600000786'] }), 'INVALID_INPUT', 'input.access.accountIds'],
    ['an unknown option', options({ authmethod: 'x' }), 'INVALID_INPUT', 'input.providerOptions.enableBanking'],
    [
      'credentials without a method',
      options({ credentials: [{ name: 'userId', value: 'secret' }] }),
      'INVALID_INPUT',
      'input.providerOptions.enableBanking.authMethod',
    ],
    [
      'a credential twice',
      options({
        authMethod: 'x',
        credentials: [
          { name: 'a', value: '1' },
          { name: 'a', value: '2' },
        ],
      }),
      'INVALID_INPUT',
      'input.providerOptions.enableBanking.credentials',
    ],
    ['an address that is none', { psu: psu({ ipAddress: 'home' }) }, 'INVALID_INPUT', 'input.psu.ipAddress'],
    ['a header with a line break', { psu: psu({ userAgent: 'a\r\nX: b' }) }, 'INVALID_INPUT', 'input.psu.userAgent'],
    ['a place in words', { psu: psu({ geoLocation: 'Helsinki' }) }, 'INVALID_INPUT', 'input.psu.geoLocation'],
    [
      'a part of what the bank requires',
      { institutionRef: 'FI:Sandbox PSU Headers', psu: psu({ ipAddress: '192.0.2.1' }) },
      'INVALID_INPUT',
      'input.psu.userAgent',
    ],
    ['a person at a bank for businesses', { institutionRef: 'DE:Sandbox Business' }, 'INVALID_INPUT', 'input.psu.type'],
  ])('%s', async (_what, fields, code, path) => {
    await using eb = await startConnector()
    await eb.connector.institutions(calling())
    const calls = eb.sandbox.calls().length
    let refused: GatewayError | null = null
    try {
      eb.connector.prepare(eb.request(fields))
    } catch (error) {
      refused = error as GatewayError
    }
    expect(refused).toMatchObject({ code, path: path.split('.') })
    expect(refused?.message).not.toContain('secret')
    expect(eb.sandbox.calls().length).toBe(calls)
  })

  it('is nothing of a request that fits', async () => {
    await using eb = await startConnector()
    await eb.connector.institutions(calling())
    for (const fields of [
      {},
      access({ accountIds: ['FI21 1234 5600 0007 85', 'BBAN:123'] }),
      { institutionRef: 'FI:Sandbox PSU Headers' },
      { institutionRef: 'FI:Sandbox PSU Headers', psu: psu({ ipAddress: '2001:db8::1', userAgent: 'x' }) },
      { institutionRef: 'DE:Sandbox Business', psu: psu({ type: 'BUSINESS' }) },
      { psu: psu({ geoLocation: '60.17,24.94' }) },
    ]) {
      expect(eb.connector.prepare(eb.request(fields))).toEqual({})
    }
  })
})

describe('what is sent', () => {
  it('has every field by its name, and PSU headers as the reference spells them', async () => {
    await using eb = await startConnector()
    const seen = eb.watch()
    const validUntil = new Date(Date.now() + 10 * DAY_MS)
    const step = await eb.start({
      institutionRef: 'SE:Sandbox BankID',
      validUntil,
      psu: psu({
        locale: 'sv-SE',
        ipAddress: '192.0.2.1',
        userAgent: 'Browser/1',
        referer: 'https://app.example/',
        accept: 'text/html',
        acceptCharset: 'utf-8',
        acceptEncoding: 'gzip',
        acceptLanguage: 'sv',
        geoLocation: '59.33,18.06',
        email: 'psu@example.org',
        personalNumber: '199001011234',
      }),
      options: {
        authMethod: 'bankid_mobile',
        credentials: [{ name: 'userId', value: '199001011234' }],
        credentialsAutosubmit: false,
      },
    })
    const [sent] = seen
    expect(sent?.json()).toEqual({
      access: {
        valid_until: validUntil.toISOString().replace('Z', '+00:00'),
        balances: true,
        transactions: false,
      },
      aspsp: { name: 'Sandbox BankID', country: 'SE' },
      state: 'state-of-ours',
      redirect_url: 'http://localhost:4000/callbacks/enable-banking',
      psu_type: 'personal',
      auth_method: 'bankid_mobile',
      credentials: { userId: '199001011234' },
      credentials_autosubmit: false,
      language: 'sv',
      psu_id: 'usr_1',
    })
    const spelled = {
      'Psu-Ip-Address': '192.0.2.1',
      'Psu-User-Agent': 'Browser/1',
      'Psu-Referer': 'https://app.example/',
      'Psu-Accept': 'text/html',
      'Psu-Accept-Charset': 'utf-8',
      'Psu-Accept-Encoding': 'gzip',
      'Psu-Accept-language': 'sv',
      'Psu-Geo-Location': '59.33,18.06',
    }
    for (const [name, value] of Object.entries(spelled)) expect(sent?.exactHeader(name)).toBe(value)
    // What is kept for the session holds nothing of the person.
    expect(JSON.stringify(step.state)).not.toMatch(/1990|psu@|Browser|192\.0/)
  })

  it('keeps PSU headers out of reads, and sends them with a revocation only when they are whole', async () => {
    await using eb = await startConnector()
    const { key } = await eb.authorize({ institutionRef: 'FI:Sandbox PSU Headers' })
    const seen = eb.watch()
    const person = psu({ ipAddress: '192.0.2.1', userAgent: 'Browser/1' })
    await eb.connector.readConsents([key], calling())
    // Nothing is known of the institution: none.
    await eb.connector.revoke(key, person, calling())
    await eb.connector.institutions(calling())
    await eb.connector.revoke(key, psu({ ipAddress: '192.0.2.1' }), calling())
    await eb.connector.revoke(key, person, calling())
    expect(seen.map(({ method, headers }) => [method, headers['psu-ip-address']])).toEqual([
      ['GET', undefined],
      ['DELETE', undefined],
      ['GET', undefined],
      ['DELETE', undefined],
      ['DELETE', '192.0.2.1'],
    ])
  })

  it('asks for the accounts that were named', async () => {
    await using eb = await startConnector()
    const seen = eb.watch()
    const { access } = eb.request()
    await eb.start({ access: { ...access, accountIds: ['fi21 1234 5600 0007 85', 'BBAN:12345'] } })
    expect(seen[0]?.json()).toMatchObject({
      access: {
        accounts: [{ iban: 'FI2112345600000785' }, { other: { identification: '12345', scheme_name: 'BBAN' } }],
      },
    })
  })
})

describe('a start that the provider refuses', () => {
  it.each<[string, Partial<StartRequest>, Partial<GatewayError>]>([
    ['an unknown bank', { institutionRef: 'FI:Nobody' }, { code: 'NOT_FOUND', providerCode: 'WRONG_ASPSP_PROVIDED' }],
    [
      'an end beyond the maximum',
      { institutionRef: 'FI:Sandbox 90 Days', validUntil: new Date(Date.now() + 100 * DAY_MS) },
      { code: 'VALIDITY_TOO_LONG', path: ['input', 'access', 'validity'] },
    ],
    [
      'a callback that is not registered',
      { callbackUrl: 'http://localhost:4000/elsewhere' },
      { code: 'PROVIDER_CREDENTIALS_INVALID', providerCode: 'REDIRECT_URI_NOT_ALLOWED' },
    ],
    [
      'credentials that do not fit',
      {
        institutionRef: 'SE:Sandbox BankID',
        options: { authMethod: 'bankid_mobile', credentials: [{ name: 'userId', value: '1' }] },
      },
      { code: 'INVALID_INPUT', path: ['input', 'providerOptions', 'enableBanking', 'credentials'] },
    ],
    [
      'a part of the PSU headers, of a bank not listed before',
      { institutionRef: 'FI:Sandbox PSU Headers', psu: psu({ ipAddress: '192.0.2.1' }) },
      { code: 'INVALID_INPUT', providerCode: 'PSU_HEADER_NOT_PROVIDED', path: ['input', 'psu'] },
    ],
  ])('%s', async (_what, fields, expected) => {
    await using eb = await startConnector()
    expect(await caught(eb.start(fields))).toMatchObject(expected)
    expect(eb.sandbox.ledger.count('authorization.started')).toBe(0)
  })

  it('says the longest validity in seconds', async () => {
    await using eb = await startConnector()
    const validUntil = new Date(Date.now() + 100 * DAY_MS)
    const refused = await caught(eb.start({ institutionRef: 'FI:Sandbox 90 Days', validUntil }))
    expect(refused.message).toContain('7776000 seconds')
  })

  it('is the bank being down, in both shapes of detail; its circuit opens and no other', async () => {
    await using eb = await startConnector()
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await caught(eb.start({ institutionRef: 'FI:Sandbox Down' }))).toMatchObject({
        code: 'PROVIDER_UNAVAILABLE',
        providerCode: 'ASPSP_ERROR',
      })
    }
    expect(eb.upstream.institutionCircuit('FI:Sandbox Down')).toBe('OPEN')
    expect(await eb.start()).toMatchObject({ next: { kind: 'REDIRECT' } })
    // Sessions are Enable Banking's own record, whatever the bank does.
    const { key } = await eb.authorize()
    const read = await eb.connector.readConsents([{ ...key, institutionRef: 'FI:Sandbox Down' }], calling())
    expect(read).toMatchObject([{ status: 'AUTHORIZED' }])
  })
})
