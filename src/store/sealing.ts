import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { GatewayError } from '../domain/errors.ts'
import type { Sealer } from '../domain/store.ts'

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

/**
 * Envelope encryption: each value has a key of its own, wrapped by a key of the ring, so that the ring can be rotated by
 * wrapping again. `s1.<key id>.<wrapped key>.<ciphertext>`; both parts are bound to the format, the key id and the
 * binding, so that a value copied to another row or column does not open.
 */
export const createSealer = (keyRing: KeyRing): Sealer => {
  const keys = new Map(keyRing.map(({ id, key }) => [id, checkedKey(id, key)]))
  if (keys.size !== keyRing.length) throw new RangeError('Two sealing keys have the same id.')
  const [current] = keyRing

  return {
    seal: (plaintext, binding) => {
      const bound = toAssociatedData(current.id, binding)
      const valueKey = randomBytes(KEY_BYTES)
      const wrapped = encrypt(current.key, valueKey, bound)
      const sealed = encrypt(valueKey, Buffer.from(plaintext), bound)
      return [FORMAT, current.id, wrapped.toString('base64url'), sealed.toString('base64url')].join('.')
    },
    open: (sealed, binding) => {
      const [format, keyId = '', wrapped = '', ciphertext = '', ...rest] = sealed.split('.')
      const key = keys.get(keyId)
      if (format !== FORMAT || rest.length > 0) throw unreadable(binding, 'is not in a known format')
      if (key === undefined) throw unreadable(binding, `was sealed with key ${keyId}, which is not configured`)
      const bound = toAssociatedData(keyId, binding)
      try {
        const valueKey = decrypt(key, Buffer.from(wrapped, 'base64url'), bound)
        return decrypt(valueKey, Buffer.from(ciphertext, 'base64url'), bound).toString()
      } catch (error) {
        throw unreadable(binding, 'was changed or moved, or its key is another one of the same id', error)
      }
    },
  }
}

const checkedKey = (id: string, key: Uint8Array): Uint8Array => {
  if (!/^[\w-]{1,64}$/.test(id)) throw new RangeError('A sealing key id is 1 to 64 letters, digits, "-" or "_".')
  if (key.byteLength !== KEY_BYTES) throw new RangeError(`Sealing key ${id} must have ${KEY_BYTES} bytes.`)
  return key
}

const toAssociatedData = (keyId: string, binding: string): Buffer => Buffer.from(`${FORMAT}\0${keyId}\0${binding}`)

const encrypt = (key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): Buffer => {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(associatedData)
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

const decrypt = (key: Uint8Array, sealed: Buffer, associatedData: Uint8Array): Buffer => {
  const end = sealed.length - TAG_BYTES
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData).setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
}

const unreadable = (binding: string, why: string, cause?: unknown): GatewayError =>
  new GatewayError('INTERNAL', { retryable: false, cause: new Error(`${binding} ${why}.`, { cause }) })
