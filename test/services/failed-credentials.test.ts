import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { createFailedCredentials } from '../../src/services/failed-credentials.ts'

const scene = (perMinute: number, remembered?: number) => {
  const guard = createFailedCredentials({ perMinute, ...(remembered !== undefined && { remembered }) })
  const looked = { up: 0 }
  const show = (key: string, remoteAddress: string | null): Promise<string> =>
    guard({ authorization: `Bearer ${key}`, remoteAddress }, async () => {
      looked.up += 1
      if (!key.startsWith('good')) throw new GatewayError('UNAUTHENTICATED')
      return key
    }).catch((error: unknown) => (error as GatewayError).code)
  return { show, looked }
}

describe('failed credentials', () => {
  it('are looked up no more often than the limit, for each address', async () => {
    const { show, looked } = scene(5)
    const codes = []
    for (let i = 0; i < 10; i += 1) codes.push(await show(`bad${i}`, '192.0.2.1'))
    expect(codes).toEqual([...Array<string>(5).fill('UNAUTHENTICATED'), ...Array<string>(5).fill('RATE_LIMITED')])
    expect(looked.up).toBe(5)
    expect(await show('bad', '192.0.2.2')).toBe('UNAUTHENTICATED')
  })

  it('lock nobody out who was let in before', async () => {
    const { show } = scene(3)
    expect(await show('good-1', '192.0.2.1')).toBe('good-1')
    for (let i = 0; i < 9; i += 1) await show(`bad${i}`, '192.0.2.1')
    expect(await show('good-1', '192.0.2.1')).toBe('good-1')
    expect(await show('good-2', '192.0.2.1')).toBe('RATE_LIMITED')
  })

  it('count a whole /64 of IPv6 as one address', async () => {
    const { show } = scene(1)
    await show('bad', '2001:db8::1')
    expect(await show('bad', '2001:db8:0:0:ffff::2')).toBe('RATE_LIMITED')
    expect(await show('bad', '2001:db8:0:1::1')).toBe('UNAUTHENTICATED')
    expect(await show('bad', '::1')).toBe('UNAUTHENTICATED')
  })

  it('remember a bounded number of addresses', async () => {
    const { show } = scene(1, 10)
    await show('bad', '192.0.2.1')
    for (let i = 0; i < 25; i += 1) await show('bad', `198.51.100.${i}`)
    expect(await show('bad', '192.0.2.1')).toBe('UNAUTHENTICATED')
  })
})
