import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createSealer, type KeyRing } from '../../src/store/sealing.ts'

const oldKey = { id: '2025', key: Buffer.alloc(32, 1) }
const newKey = { id: '2026', key: Buffer.alloc(32, 2) }
const refused = expect.objectContaining({ name: 'GatewayError', code: 'INTERNAL' })

describe('a sealer', () => {
  test('opens what it sealed, and shows nothing of it', () => {
    const sealer = createSealer([newKey])
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 8 }), fc.string(), (plaintext, binding) => {
        const sealed = sealer.seal(plaintext, binding)
        expect(sealed).not.toContain(plaintext)
        expect(sealer.open(sealed, binding)).toBe(plaintext)
        expect(sealer.seal(plaintext, binding)).not.toBe(sealed)
      }),
    )
  })

  test('names the key it used, and opens what an older key of the ring sealed', () => {
    const sealed = createSealer([oldKey]).seal('secret', 'a/b/c')
    expect(sealed).toMatch(/^s1\.2025\./)
    const rotated = createSealer([newKey, oldKey])
    expect(rotated.open(sealed, 'a/b/c')).toBe('secret')
    expect(rotated.seal('secret', 'a/b/c')).toMatch(/^s1\.2026\./)
  })

  test('uses each nonce once, for the value and for its key', () => {
    const sealer = createSealer([newKey])
    const sealed = Array.from({ length: 500 }, () => sealer.seal('the same', 'a/b/c'))
    const parts = sealed.flatMap((text) => text.split('.').slice(2))
    const nonces = parts.map((part) => Buffer.from(part, 'base64url').subarray(0, 12).toString('hex'))
    expect(new Set(nonces).size).toBe(1_000)
    expect(new Set(parts).size).toBe(1_000)
  })

  test('opens nothing in another row or column', () => {
    const sealer = createSealer([newKey])
    const sealed = sealer.seal('secret', 'consents/con_1/secrets')
    for (const binding of ['consents/con_2/secrets', 'auth_sessions/con_1/secrets', 'consents/con_1/state', '']) {
      expect(() => sealer.open(sealed, binding)).toThrow(refused)
    }
  })

  test('opens nothing that was changed, anywhere', () => {
    const sealer = createSealer([newKey])
    const sealed = sealer.seal('secret', 'a/b/c')
    for (let position = 0; position < sealed.length; position++) {
      const bytes = Buffer.from(sealed)
      bytes[position] = bytes[position] === 0x41 ? 0x42 : 0x41
      const changed = bytes.toString()
      // The last character of base64url may hold bits that no byte has.
      const same = (text: string) => text.split('.').map((part) => Buffer.from(part, 'base64url').toString('hex'))
      if (same(changed).join() !== same(sealed).join()) expect(() => sealer.open(changed, 'a/b/c')).toThrow(refused)
    }
    for (const text of ['', 's1', 's1.2026', `${sealed}.`, sealed.slice(0, -4), `s2${sealed.slice(2)}`]) {
      expect(() => sealer.open(text, 'a/b/c')).toThrow(refused)
    }
  })

  test('mixes the parts of no two values', () => {
    const sealer = createSealer([newKey])
    const one = sealer.seal('one', 'a/b/c').split('.')
    const two = sealer.seal('two', 'a/b/c').split('.')
    expect(() => sealer.open([...one.slice(0, 3), two[3]].join('.'), 'a/b/c')).toThrow(refused)
  })

  test('refuses a key that is gone, or another one of the same id, without naming the secret', () => {
    const sealed = createSealer([oldKey]).seal('secret', 'a/b/c')
    for (const ring of [[newKey], [{ ...newKey, id: oldKey.id }]] as const satisfies readonly KeyRing[]) {
      expect(() => createSealer(ring).open(sealed, 'a/b/c')).toThrow(refused)
    }
  })

  test.each([
    ['a short key', [{ id: 'k', key: Buffer.alloc(31) }]],
    ['an id that would break the format', [{ id: 'k.1', key: Buffer.alloc(32) }]],
    ['an empty id', [{ id: '', key: Buffer.alloc(32) }]],
    ['two keys of one id', [oldKey, { ...newKey, id: oldKey.id }]],
  ] as const satisfies readonly (readonly [string, KeyRing])[])('refuses %s', (_, ring) => {
    expect(() => createSealer(ring)).toThrow(RangeError)
  })
})
