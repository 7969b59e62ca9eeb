import { hash, randomBytes } from 'node:crypto'

const LIVE_PREFIX = 'cg_live_'
/** Of the 43 characters that follow; the others keep 220 bits to themselves. */
const SHOWN_CHARACTERS = 6

/** 256 bits from the machine's own source, after a prefix that secret scanners find. */
export const createApiKey = (): string => LIVE_PREFIX + randomBytes(32).toString('base64url')

/** Unsalted and fast: what is hashed cannot be guessed. */
export const hashApiKey = (key: string): string => hash('sha256', key)

/** Only for a key that was made here: the beginning of another might be all of it. */
export const hintOf = (key: string): string => key.slice(0, LIVE_PREFIX.length + SHOWN_CHARACTERS)
