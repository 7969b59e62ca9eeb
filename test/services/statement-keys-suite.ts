import { randomBytes } from 'node:crypto'
import { decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/domain/clock.ts'
import type { StatementKey } from '../../src/domain/statement-key.ts'
import type { Store } from '../../src/domain/store.ts'
import type { RootKey, RootKeys } from '../../src/services/root-key.ts'
import { endorse, publicHalfOf } from '../../src/services/statement-endorsement.ts'
import { createStatementKeys, type RetiredJwk, type StatementKeys } from '../../src/services/statement-keys.ts'
import { NOTED_AHEAD_MS } from '../../src/services/statement-trust.ts'
import { verifyStatement } from '../../src/services/statement-verification.ts'
import { createStatements, STATEMENT_TYPES } from '../../src/services/statements.ts'
import { createUserTokens, toSigningKey } from '../../src/services/user-tokens.ts'

const SETTINGS = { issuer: 'https://gateway.example', audience: 'test' }
const MINUTE_MS = 60_000

const newKey = (id: string): RootKey => ({ id, key: randomBytes(32) })
const ringOf = (...keys: readonly [RootKey, ...RootKey[]]): RootKeys => keys

/** A process of some gateway, by its keys; all of them share one store and one clock. */
interface Process {
  readonly keys: StatementKeys
  readonly reported: readonly string[]
  sign(at?: Date): Promise<string>
  /** What somebody learns who asks this process for its keys, as a new one does. */
  verify(statement: string): ReturnType<typeof verifyStatement>
}

export const describeStatementKeys = (
  name: string,
  open: () => Promise<{ readonly store: Store } & AsyncDisposable>,
): void => {
  describe(`statement keys on ${name}`, () => {
    let opened: Awaited<ReturnType<typeof open>>
    let stack: AsyncDisposableStack
    let now = Date.now()
    const clock: Clock = { now: () => new Date(now) }
    beforeAll(async () => {
      opened = await open()
      stack = new AsyncDisposableStack()
    })
    afterAll(async () => {
      await stack.disposeAsync()
      await opened[Symbol.asyncDispose]()
    })

    const startProcess = async (...ring: readonly [RootKey, ...RootKey[]]): Promise<Process> => {
      const reported: string[] = []
      const create = () =>
        createStatementKeys(opened.store, ringOf(...ring), {
          clock,
          report: (event, { what }) => reported.push(`${event} ${what}`),
        })
      const keys = create()
      stack.defer(() => keys.stop())
      await keys.start()
      const sign = createStatements(ringOf(...ring), SETTINGS.issuer, keys.use)
      return {
        keys,
        reported,
        sign: (at = clock.now()) =>
          sign({ type: STATEMENT_TYPES.RECEIPT, subject: 'usr_1', at, claims: { consent: {} } }),
        verify: async (statement) =>
          await verifyStatement(
            statement,
            await create().published(),
            await createUserTokens(ringOf(...ring), SETTINGS).publishedKeys(),
          ),
      }
    }
    const newKeys = () =>
      ['a', 'b', 'c', 'd'].map((letter) => newKey(`${letter}-${crypto.randomUUID()}`)) as [
        RootKey,
        RootKey,
        RootKey,
        RootKey,
      ]
    const minutesLater = (minutes: number): void => {
      now += minutes * MINUTE_MS
    }
    const retiredOf = async ({ keys }: Process, { id }: RootKey): Promise<RetiredJwk> => {
      const found = (await keys.published()).keys.find(({ kid }) => kid === id)
      if (found === undefined || !('endorsement' in found)) throw new Error(`${id} is not among the retired keys`)
      return found
    }
    /** What somebody writes who has the database, and perhaps a key that was in use once. */
    const plant = (key: StatementKey, endorserId: string, statement: string) =>
      opened.store.commit([
        { kind: 'statementKey.use', key: { ...key, until: clock.now() } },
        { kind: 'statementKey.endorse', endorsement: { ...key, endorserId, statement }, replaces: null },
      ])

    test('a receipt verifies after every key of its time is gone', async () => {
      const [a, b, c, d] = newKeys()
      const first = await startProcess(a)
      const receipt = await first.sign()
      expect(await first.verify(receipt)).toMatchObject({ valid: true, key: 'CURRENT', usedUntil: null })
      for (const [next, before] of [
        [b, a],
        [c, b],
        [d, c],
      ] as const) {
        minutesLater(60)
        const ahead = await startProcess(before, next)
        expect(await ahead.verify(receipt)).toMatchObject({ valid: true })
        const both = await startProcess(next, before)
        expect(await both.verify(receipt)).toMatchObject({ valid: true })
        await both.sign()
        const alone = await startProcess(next)
        expect(alone.reported.join()).not.toContain(before.id)
        expect(await alone.verify(receipt)).toMatchObject({ valid: true, key: 'RETIRED', keyId: a.id })
      }
      expect((await (await startProcess(d)).keys.status()).filter(({ keyId }) => keyId === a.id)).toEqual([
        { keyId: a.id, publicKey: publicHalfOf(a).publicKey, state: 'RETIRED', usedUntil: expect.any(Date) as Date },
      ])
    })

    test('its key is on record before it is signed', async () => {
      const [a] = newKeys()
      const { keys, sign } = await startProcess(a)
      const noted = async () => (await opened.store.statementKeys.used()).find(({ id }) => id === a.id)?.until.getTime()
      for (const minutes of [0, 1, 9, 1, 60]) {
        minutesLater(minutes)
        await Promise.all([sign(), sign()])
        expect(await noted()).toBeGreaterThanOrEqual(now)
        expect(await noted()).toBeLessThanOrEqual(now + NOTED_AHEAD_MS)
      }
      const away = createStatementKeys(
        { ...opened.store, commit: () => Promise.reject(new Error('away')) },
        ringOf(a),
        { clock, report: () => undefined },
      )
      const signAway = createStatements(ringOf(a), SETTINGS.issuer, away.use)
      await expect(
        signAway({ type: STATEMENT_TYPES.RECEIPT, subject: 'usr_1', at: clock.now(), claims: {} }),
      ).rejects.toThrow('away')
      await keys.stop()
    })

    test('a process that goes on with the old key beside one with the new is waited for', async () => {
      const [a, b] = newKeys()
      const [behind, before] = [await startProcess(a, b), await startProcess(b, a)]
      minutesLater(30)
      const late = await behind.sign()
      expect(await before.keys.status()).toContainEqual(expect.objectContaining({ keyId: a.id, state: 'UNENDORSED' }))
      await Promise.all([
        before.keys.endorseAll(),
        before.keys.endorseAll(),
        (await startProcess(b, a)).keys.endorseAll(),
      ])
      expect(await before.keys.status()).toContainEqual(expect.objectContaining({ keyId: a.id, state: 'ENDORSED' }))
      expect(await (await startProcess(b)).verify(late)).toMatchObject({ valid: true, key: 'RETIRED' })
    })

    test('a rotation that is taken back and made again loses nothing', async () => {
      const [a, b] = newKeys()
      const receipts = [await (await startProcess(a, b)).sign()]
      for (const ring of [
        [b, a],
        [a, b],
        [b, a],
      ] as const) {
        minutesLater(20)
        receipts.push(await (await startProcess(...ring)).sign())
      }
      const { verify } = await startProcess(b)
      for (const receipt of receipts) expect(await verify(receipt)).toMatchObject({ valid: true })
    })

    test('a key that only lies in the store verifies nothing, whoever endorsed it', async () => {
      const [a, b, planted] = newKeys()
      await startProcess(a)
      await startProcess(b, a)
      const key = publicHalfOf(planted)
      const facts = { ...key, usedUntil: new Date(now + 1e9), revokedAt: null }
      const forged = await createStatements(ringOf(planted), SETTINGS.issuer, () => Promise.resolve())({
        type: STATEMENT_TYPES.RECEIPT,
        subject: 'usr_1',
        at: clock.now(),
        claims: {},
      })
      // By itself, by itself under the name of the key in use, by a key that was retired and leaked, and with no word at all.
      await plant(key, planted.id, await endorse(planted, facts))
      await plant(key, b.id, await endorse({ ...planted, id: b.id }, facts))
      await plant(key, a.id, await endorse(a, facts))
      // By the key in use, which signed it as something else.
      const asReceipt = new SignJWT({ x: key.publicKey, usedUntil: facts.usedUntil.toISOString(), revokedAt: null })
        .setProtectedHeader({ alg: 'EdDSA', kid: b.id, typ: STATEMENT_TYPES.RECEIPT })
        .setSubject(key.id)
      await plant(key, 'other', await asReceipt.sign(toSigningKey(b)))
      await plant(key, '', '')
      const alone = await startProcess(b)
      expect(alone.reported).toContain(`statement_keys.unendorsed ${planted.id}`)
      expect(alone.reported.join()).not.toContain(a.id)
      expect(JSON.stringify(await alone.keys.published())).not.toContain(key.publicKey)
      expect(await alone.verify(forged)).toEqual({ valid: false, fault: expect.stringContaining(planted.id) as string })
      const served = {
        keys: [{ kty: 'OKP', crv: 'Ed25519', kid: key.id, x: key.publicKey, endorsement: await endorse(a, facts) }],
      }
      const current = await createUserTokens(ringOf(b), SETTINGS).publishedKeys()
      expect(await verifyStatement(forged, served, current)).toEqual({
        valid: false,
        fault: `No current key of the gateway vouches for key "${planted.id}".`,
      })
      // The word for another key does for none but that.
      const { keys } = await alone.keys.published()
      const ofA = keys.find(({ kid }) => kid === a.id)!
      const swapped = { keys: [{ ...ofA, kid: key.id, x: key.publicKey }] }
      expect(await verifyStatement(forged, swapped, current)).toMatchObject({ valid: false })
      const named = { keys: [{ ...ofA, x: key.publicKey }] }
      const inItsName = await createStatements([{ ...planted, id: a.id }], SETTINGS.issuer, () => Promise.resolve())({
        type: STATEMENT_TYPES.RECEIPT,
        subject: 'usr_1',
        at: clock.now(),
        claims: {},
      })
      expect(await verifyStatement(inItsName, named, current)).toMatchObject({ valid: false })
    })

    test('a retired key that leaks signs nothing that is dated after its time', async () => {
      const [a, b] = newKeys()
      await startProcess(a)
      await startProcess(b, a)
      const { verify } = await startProcess(b)
      const forge = (at: number) =>
        new SignJWT({ consent: {} })
          .setProtectedHeader({ alg: 'EdDSA', kid: a.id, typ: STATEMENT_TYPES.RECEIPT })
          .setIssuedAt(Math.floor(at / 1000))
          .sign(toSigningKey(a))
      expect(await verify(await forge(now - MINUTE_MS))).toMatchObject({ valid: true })
      expect(await verify(await forge(now + NOTED_AHEAD_MS + MINUTE_MS))).toMatchObject({
        valid: false,
        fault: expect.stringContaining('dated later') as string,
      })
      // A later end in the row of a key that is no longer configured is nobody's word.
      await opened.store.commit([{ kind: 'statementKey.use', key: { ...publicHalfOf(a), until: new Date(now + 1e9) } }])
      const again = await startProcess(b)
      expect(await again.verify(await forge(now + NOTED_AHEAD_MS + MINUTE_MS))).toMatchObject({ valid: false })
    })

    test('a later end than any process notes is not endorsed', async () => {
      const [a, b] = newKeys()
      await startProcess(a)
      await opened.store.commit([{ kind: 'statementKey.use', key: { ...publicHalfOf(a), until: new Date(now + 1e9) } }])
      await startProcess(b, a)
      const { usedUntil } = await retiredOf(await startProcess(b), a)
      expect(new Date(usedUntil).getTime()).toBeLessThanOrEqual(now + NOTED_AHEAD_MS)
    })

    test('a revoked key is shown as revoked, and its receipts prove nothing, through every later change', async () => {
      const [a, b, c] = newKeys()
      const receipt = await (await startProcess(a)).sign()
      const both = await startProcess(b, a)
      await expect(both.keys.revoke(b.id)).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      await expect(both.keys.revoke('nobody')).rejects.toMatchObject({ code: 'INVALID_INPUT' })
      const alone = await startProcess(b)
      // At once with a process that endorses what it read before.
      await Promise.all([alone.keys.revoke(a.id), both.keys.endorseAll(), alone.keys.endorseAll()])
      const expectRevoked = async (process: Process): Promise<void> => {
        expect(await process.verify(receipt)).toMatchObject({
          valid: false,
          fault: expect.stringContaining('revoked') as string,
        })
        expect(await process.keys.status()).toContainEqual(expect.objectContaining({ keyId: a.id, state: 'REVOKED' }))
      }
      await expectRevoked(await startProcess(b))
      await expectRevoked(await startProcess(b, a))
      minutesLater(30)
      await startProcess(c, b)
      await expectRevoked(await startProcess(c))
      const { keys, revoked } = await (await startProcess(c)).keys.published()
      expect(keys.map(({ kid }) => kid)).not.toContain(a.id)
      expect(revoked.map(({ kid }) => kid)).toContain(a.id)
    })

    test('the id of a key that signed is given to no other', async () => {
      const [a, b] = newKeys()
      await startProcess(a)
      await startProcess(b, a)
      await expect(startProcess(b, newKey(a.id))).rejects.toMatchObject({
        code: 'INTERNAL',
        retryable: false,
        message: expect.stringContaining(`"${a.id}"`) as string,
      })
    })

    test('an endorsement is no token, and a token no receipt', async () => {
      const [a, b] = newKeys()
      await startProcess(a)
      await startProcess(b, a)
      const alone = await startProcess(b)
      const { endorsement } = await retiredOf(alone, a)
      expect(decodeProtectedHeader(endorsement)).toEqual({ alg: 'EdDSA', kid: b.id, typ: 'statement-key+jwt' })
      await expect(createUserTokens(ringOf(b), SETTINGS).verify(endorsement)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
      })
      for (const other of [endorsement, 'no.receipt.here', ''])
        expect(await alone.verify(other)).toMatchObject({ valid: false })
    })
  })
}
