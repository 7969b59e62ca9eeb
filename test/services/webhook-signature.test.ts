import { expect, test } from 'vitest'
import { newWebhookSecret, toWebhookHeaders } from '../../src/services/webhook/signature.ts'

/** https://github.com/standard-webhooks/standard-webhooks, the specification's example. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  at: new Date(1_614_265_330_000),
  body: '{"test": 2432232314}',
}
const SIGNATURE = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='

test('signs as the specification does', () => {
  expect(toWebhookHeaders([SECRET], MESSAGE)).toEqual({
    'content-type': 'application/json',
    'user-agent': 'Consentgraph',
    'webhook-id': MESSAGE.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': SIGNATURE,
  })
})

test('signs with each secret, and with each differently', () => {
  const [first, second] = toWebhookHeaders([newWebhookSecret(), SECRET], MESSAGE)['webhook-signature']!.split(' ')
  expect(second).toBe(SIGNATURE)
  expect(first).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/)
  expect(first).not.toBe(second)
})

test('a secret holds 32 random bytes', () => {
  const secrets = [newWebhookSecret(), newWebhookSecret()]
  for (const secret of secrets) {
    expect(secret.startsWith('whsec_')).toBe(true)
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32)
  }
  expect(new Set(secrets).size).toBe(2)
})
