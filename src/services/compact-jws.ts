/** Header, claims and signature, each base64url without padding. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/
/** Every header is a JSON object, so that its base64 begins like this, whatever else is wrong with it. */
const BEGINS_LIKE_ONE = /^e[wy][\w+/=-]*\./

/** Is it meant as a token, whatever it is worth? API keys look otherwise. */
export const looksLikeToken = (credential: string): boolean =>
  BEGINS_LIKE_ONE.test(credential) || COMPACT_JWS.test(credential)

/**
 * Three parts, each written in the one way that its bytes have: parsers also take padding, spaces and other letters at the
 * end of a part (RFC 4648, section 3.5), so that one token would have several spellings.
 */
export const isCompactJws = (token: string): boolean =>
  COMPACT_JWS.test(token) &&
  token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)

/** Who a token says it is from, before anything of it is believed; null where it does not say. */
export const claimedIssuer = (token: string): string | null => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    if (typeof claims !== 'object' || claims === null || !('iss' in claims)) return null
    return typeof claims.iss === 'string' ? claims.iss : null
  } catch {
    // No claims of anybody's: whoever verifies it says so.
    return null
  }
}
