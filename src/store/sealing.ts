import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { GatewayError } from '../domain/errors.ts'
import { createRecentlyUsed } from '../domain/recently-used.ts'
import type { Sealer } from '../domain/sealing.ts'

export interface SealingKey {
  /** Letters, digits, `-` and `_`; stays readable in what it seals. */
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** The first key seals; the others only open what they sealed before. */
export type KeyRing = readonly [SealingKey, ...SealingKey[]]

const FORMAT = 's1'
const KEY_BYTES = 32
/** NIST SP 800-38D, 5.2.1.1: 96 bits is the length that GCM takes without hashing it. */
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Keys of values that are remembered unwrapped, in each of two generations: of those that are read again and again. */
const REMEMBERED_KEYS = 1_024

interface Sealed {
  /** Of the ring. */
  readonly key: KeyObject
  readonly keyId: string
  readonly wrapped: string
  readonly ciphertext: string
}

/**
 * Envelope encryption, `s1.<key id>.<wrapped key>.<ciphertext>`: each value has a key of its own, wrapped by a key of the
 * ring. Both parts are bound to the format and the binding, so that a value copied to another row or column does not
 * open; only the wrapped key is bound to the key id, so that a rotation need not touch the ciphertext.
 */
export const createSealer = (keyRing: KeyRing): Sealer => {
  const keys = new Map(keyRing.map((entry) => [entry.id, toKeyObject(entry)]))
  if (keys.size !== keyRing.length) throw new RangeError('Two sealing keys have the same id.')
  const [current] = keyRing
  const sealingKey = toKeyObject(current)

  const headOf = (keyId: string): string => `${FORMAT}.${keyId}.`
  const wrap = (valueKey: Buffer, nonce: Buffer, binding: string): string =>
    encrypt(sealingKey, nonce, valueKey, toAssociatedData(current.id, binding)).toString('base64url')

  const unwrap = (key: KeyObject, keyId: string, wrapped: string, binding: string): Buffer => {
    try {
      return decrypt(key, Buffer.from(wrapped, 'base64url'), toAssociatedData(keyId, binding))
    } catch (error) {
      throw changed(binding, error)
    }
  }

  const take = (sealed: string, binding: string): Sealed => {
    const [format, keyId = '', wrapped = '', ciphertext = '', ...rest] = sealed.split('.')
    const key = keys.get(keyId)
    if (format !== FORMAT || rest.length > 0) throw unreadable(binding, 'is not in a known format')
    if (key === undefined) throw unreadable(binding, `was sealed with key ${keyId}, which is not configured`)
    return { key, keyId, wrapped, ciphertext }
  }

  /** By all that it depends on. Its value, which it opens, is remembered nowhere. */
  const remembered = createRecentlyUsed<KeyObject>(REMEMBERED_KEYS)
  const valueKeyOf = ({ key, keyId, wrapped }: Sealed, binding: string): KeyObject => {
    const name = `${keyId}.${wrapped}.${binding}`
    const known = remembered.get(name)
    if (known !== undefined) return known
    const valueKey = createSecretKey(unwrap(key, keyId, wrapped, binding))
    remembered.set(name, valueKey)
    return valueKey
  }

  return {
    current: current.id,
    ids: [...keys.keys()],
    headOf,
    seal: (plaintext, binding) => {
      // Asked for together: most of what a few random bytes take is to ask for them.
      const random = randomBytes(KEY_BYTES + 2 * NONCE_BYTES)
      const valueKey = random.subarray(0, KEY_BYTES)
      const nonce = random.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES)
      const wrapNonce = random.subarray(KEY_BYTES + NONCE_BYTES)
      const sealed = encrypt(createSecretKey(valueKey), nonce, Buffer.from(plaintext), toAssociatedData(binding))
      return `${headOf(current.id)}${wrap(valueKey, wrapNonce, binding)}.${sealed.toString('base64url')}`
    },
    open: (sealed, binding) => {
      const taken = take(sealed, binding)
      const valueKey = valueKeyOf(taken, binding)
      try {
        return decrypt(valueKey, Buffer.from(taken.ciphertext, 'base64url'), toAssociatedData(binding)).toString()
      } catch (error) {
        throw changed(binding, error)
      }
    },
    rewrap: (sealed, binding) => {
      const { key, keyId, wrapped, ciphertext } = take(sealed, binding)
      const valueKey = unwrap(key, keyId, wrapped, binding)
      return `${headOf(current.id)}${wrap(valueKey, randomBytes(NONCE_BYTES), binding)}.${ciphertext}`
    },
  }
}

/** A key object is prepared once; bytes would be at each use, which takes four times as long as the work itself. */
const toKeyObject = ({ id, key }: SealingKey): KeyObject => {
  if (!/^[\w-]{1,64}$/.test(id)) throw new RangeError('A sealing key id is 1 to 64 letters, digits, "-" or "_".')
  if (key.byteLength !== KEY_BYTES) throw new RangeError(`Sealing key ${id} must have ${KEY_BYTES} bytes.`)
  return createSecretKey(key)
}

const toAssociatedData = (...parts: readonly string[]): Buffer => Buffer.from([FORMAT, ...parts].join('\0'))

/** @param nonce of this value and no other */
const encrypt = (key: KeyObject, nonce: Buffer, plaintext: Uint8Array, associatedData: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (key: KeyObject, sealed: Buffer, associatedData: Uint8Array): Buffer => {
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData).setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
}

const unreadable = (binding: string, why: string, cause?: unknown): GatewayError =>
  new GatewayError('INTERNAL', { retryable: false, cause: new Error(`${binding} ${why}.`, { cause }) })

const changed = (binding: string, cause: unknown): GatewayError =>
  unreadable(binding, 'was changed or moved, or its key is another one of the same id', cause)
