import { hkdfSync } from 'node:crypto'

export interface RootKey {
  readonly id: string
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** The first is current; the others are older ones, or the one that will follow. */
export type RootKeys = readonly [RootKey, ...RootKey[]]

/** One root key serves several ends, none of which can be told from another: RFC 5869. */
export const deriveKey = (root: RootKey, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', root.key, '', `consentgraph ${purpose}`, 32))
