import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bank, operationsOf } from './operations.ts'
import { ANSWER, CREATE, LIST, REVOKE } from './sandbox-control.ts'

/** Seen nowhere else, so that a find is a leak. */
const PHONE = '+15558675309'
const UNREACHABLE_PHONE = '+1555867535010'
const EMAIL = 'canary.lovelace@mail.example'
const WRONG_OTP = '48151623'
const MALFORMED_OTP = '48151623x42'
const PERSONAL_NUMBER = '199001019876'
const PSU_TOKEN = 'psu-token-canary-7f3a'
const IP_ADDRESS = '203.0.113.77'
const USER_AGENT = 'CanaryBrowser/4.2'

const never = (gateway: GatewayProcess): readonly string[] => [
  PHONE.slice(1),
  UNREACHABLE_PHONE.slice(1),
  'canary.lovelace',
  WRONG_OTP,
  PERSONAL_NUMBER,
  PSU_TOKEN,
  IP_ADDRESS,
  USER_AGENT,
  gateway.apiKey,
  gateway.userToken,
  'sandbox-only',
  'sandbox-consumer-key',
]
/** Any JSON Web Token: its header is base64url of `{"`. */
const JWT = /eyJ[\w-]{8,}\.[\w-]{8,}/

/** Every way through, and every way that fails: errors are where secrets leak. */
const live = async (gateway: GatewayProcess): Promise<void> => {
  const sandbox = await gateway.sandbox()
  const client = operationsOf(gateway)
  const psu = { phone: PHONE, personalNumber: PERSONAL_NUMBER, ipAddress: IP_ADDRESS, userAgent: USER_AGENT }
  const authorized = await client.authorize({ psu })
  await client.begin({ psu: { email: EMAIL } })
  await client.start({ psu: { ...psu, phone: UNREACHABLE_PHONE } })
  await client.start({ psu: { phone: `${PHONE}x` } })
  await client.start({ psu, providerOptions: { openBankProject: { userToken: PSU_TOKEN } } })
  await client.start({ psu, target: { institutionId: bank('sandbox.otp-429') } })
  await client.start({ psu, target: { institutionId: bank('sandbox.otp-no-sms') } })
  const wrong = await client.begin({ psu })
  await client.answer(wrong, MALFORMED_OTP)
  await client.answer(wrong, WRONG_OTP)
  const begun = await client.begin({ psu })
  await client.resend(begun)
  for (const kind of ['html', 'malformed', 'truncate', 'reset-after-effect'] as const) {
    const next = await client.begin({ psu })
    await sandbox.fault({ kind, match: ANSWER })
    await client.answer(next, WRONG_OTP)
    await sandbox.fault({ kind, match: CREATE })
    await client.start({ psu, idempotencyKey: `canary-${kind}` })
    await sandbox.fault({ kind, match: LIST })
    await client.consent(authorized.consent.id, 0)
  }
  await sandbox.fault({
    kind: 'status',
    status: 500,
    body: { message: `OBP-50000: ${PHONE} ${WRONG_OTP}` },
    match: REVOKE,
  })
  await client.revoke(authorized.consent.id)
  await gateway.ask('{ me { id } }', {}, { as: `${gateway.userToken}x` })
  await gateway.ask('{ me { id } }', {}, { as: `${gateway.apiKey}x` })
  await gateway.ask(`{ me(phone: "${PHONE}") { id } }`)
  await fetch(`${gateway.url}/callback/enableBanking?code=${PSU_TOKEN}&state=${WRONG_OTP}`, { redirect: 'manual' })
  await using socket = gateway.live(`${gateway.userToken}x`)
  await socket.closed
  await sandbox.heal()
  // What the reconciler says, of all that was lost.
  await expect
    .poll(
      async () => {
        const { user } = await gateway.graphql<{
          user: { authSessions: { nodes: readonly { sessionStatus: string }[] } }
        }>('{ user(ref: { externalId: "demo-user" }) { authSessions(first: 100) { nodes { sessionStatus } } } }')
        return user.authSessions.nodes.filter(
          ({ sessionStatus }) => sessionStatus === 'PENDING' || sessionStatus === 'VERIFYING',
        )
      },
      { timeout: 40_000, interval: 250 },
    )
    .toEqual([])
}

test('no secret and nothing personal is in the log, or readable in the store', { timeout: 60_000 }, async () => {
  await using gateway = await startGateway({ env: { LOG_LEVEL: 'trace' } })
  await live(gateway)
  const { code } = await gateway.stop('SIGTERM')
  expect(code).toBe(0)

  const { log } = gateway.printed
  for (const event of [
    'authorization.start.failed',
    'authorization.call.failed',
    'revocation.failed',
    'gateway.stopping',
  ]) {
    expect(log).toContain(event)
  }
  for (const line of log.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ event: expect.any(String) })
  for (const secret of never(gateway)) expect(log).not.toContain(secret)
  expect(log).not.toMatch(JWT)
  expect(log).not.toMatch(/canary|"?token"?:|Bearer/i)

  const names = (await readdir(gateway.dataDir)).filter((name) => name.startsWith('consentgraph.db'))
  expect(names).not.toEqual([])
  for (const name of names) {
    const stored = await readFile(join(gateway.dataDir, name), 'latin1')
    for (const secret of never(gateway)) expect(stored.includes(secret), `${name} holds ${secret}`).toBe(false)
    expect(stored).not.toMatch(JWT)
  }
})
