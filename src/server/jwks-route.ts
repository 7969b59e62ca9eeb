import { jsonReply, type Reply } from './reply.ts'
import type { Route } from './route.ts'

/** A key is published before it signs and after it has signed, for longer than this: see `docs/operations.md`. */
const MAX_AGE_SECONDS = 300

const show = async (publishedKeys: () => Promise<object>): Promise<Reply> =>
  jsonReply(200, await publishedKeys(), {
    'cache-control': `public, max-age=${MAX_AGE_SECONDS}`,
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
  })

/** `GET /.well-known/jwks.json`: the public keys of user tokens, for whoever checks them too. */
export const jwksRoute = (publishedKeys: () => Promise<object>): Route => ({
  method: 'GET',
  path: '/.well-known/jwks.json',
  handler: () => show(publishedKeys),
})

/**
 * `GET /.well-known/statement-keys.json`: of receipts and proofs of erasure, for good. Apart from the other set, since a key that
 * is retired must verify no token.
 */
export const statementKeysRoute = (publishedKeys: () => Promise<object>): Route => ({
  method: 'GET',
  path: '/.well-known/statement-keys.json',
  handler: () => show(publishedKeys),
})
