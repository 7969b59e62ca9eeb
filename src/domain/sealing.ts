export interface KeyUsage {
  readonly keyId: string
  /** Sealed values that open with this key alone. */
  readonly rows: number
  /** CURRENT seals; OLDER only opens; MISSING is not among the keys that were given. */
  readonly state: 'CURRENT' | 'OLDER' | 'MISSING'
}

export interface RewrappedBatch {
  readonly moved: number
  /** Left as they are, since no key that was given opens them. */
  readonly unreadable: number
}

/** For an operator, not for a request: both read every sealed value. */
export interface StoreKeys {
  usage(): Promise<readonly KeyUsage[]>
  /**
   * Gives what older keys sealed to the current one, while others read and write. Each batch is one commit: what was done
   * stays done, whenever it ends. Values that are written meanwhile have the current key of whoever writes them.
   *
   * @param batchRows values in one commit, at most 1,000
   */
  rewrap(batchRows: number): AsyncIterable<RewrappedBatch>
}

/** Seals what may not lie in the store readable. `binding` names the row and column: a sealed value opens nowhere else. */
export interface Sealer {
  /** The id of the key that seals. */
  readonly current: string
  /** Of all keys that open, the current one's first. */
  readonly ids: readonly string[]
  /** How each value begins that the key sealed. */
  headOf(keyId: string): string
  seal(plaintext: string, binding: string): string
  /** @throws GatewayError INTERNAL when the value was changed, moved, or its key is gone */
  open(sealed: string, binding: string): string
  /**
   * The same value under the current key; what it holds is not looked at.
   *
   * @throws GatewayError as `open` does
   */
  rewrap(sealed: string, binding: string): string
}
