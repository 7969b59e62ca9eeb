/** A key that signs statements: the public half, which is no secret and is kept for good. */
export interface StatementKey {
  /** As receipts name it in `kid`. */
  readonly id: string
  /** The 32 bytes of Ed25519, base64url: `x` of its JWK. */
  readonly publicKey: string
}

export interface UsedStatementKey extends StatementKey {
  /** Noted ahead: nothing is signed with it after that. */
  readonly until: Date
}

/** What one key says of another, for the time when the other is no longer configured. */
export interface StatementKeyEndorsement extends StatementKey {
  readonly endorserId: string
  /** A compact JWS of the endorser. Believed once it verifies, and not because it is stored. */
  readonly statement: string
}

/** Of two that change one endorsement at once, one conflicts. */
export interface EndorsementWrite {
  readonly endorsement: StatementKeyEndorsement
  /** The statement that was there; null where there was none. */
  readonly replaces: string | null
}

export type StatementKeyWrite =
  /** Inserts, or moves `until` on, never back. Never conflicts. */
  | { readonly kind: 'statementKey.use'; readonly key: UsedStatementKey }
  | ({ readonly kind: 'statementKey.endorse' } & EndorsementWrite)
  /** As `endorse`, where the operator takes trust in a key away. */
  | ({ readonly kind: 'statementKey.revoke' } & EndorsementWrite)

export interface StatementKeyReads {
  used(): Promise<readonly UsedStatementKey[]>
  endorsements(): Promise<readonly StatementKeyEndorsement[]>
}
