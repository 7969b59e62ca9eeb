import { deepStrictEqual } from 'node:assert/strict'

/** What is wrong with an answer; null where nothing is. */
export const faultOf = (answer: string, expects: readonly string[]): string | null =>
  answer.startsWith('HTTP/1.1 200 ') && expects.every((text) => answer.includes(text)) && !answer.includes('"errors"')
    ? null
    : `expected 200 with ${expects.join(' and ')}, got:\n${answer.slice(0, 2_000)}`

const JUST_NOW_MS = 3_600_000
const isJustNow = (text: string): boolean => Math.abs(Date.now() - Date.parse(text)) < JUST_NOW_MS

/** When the provider was asked differs from one read to the next; that it was lately must be true of both. */
const READ_TIMES: ReadonlySet<string> = new Set(['observedAt'])
/** What an answer names that was made for it. */
const MADE_TIMES: ReadonlySet<string> = new Set(['createdAt', 'sessionExpiresAt'])
const MADE_ID = /^(?:con|aus|stp)_[\w-]{32}$/
const MADE_LINK = /\?sessionid=[\w-]{36}$/

const toComparable = (text: string, changes: boolean): unknown =>
  JSON.parse(text, (name, value: unknown) => {
    if (typeof value !== 'string') return value
    if (READ_TIMES.has(name) || (changes && MADE_TIMES.has(name))) return isJustNow(value) ? 'just now' : value
    if (!changes) return value
    return MADE_ID.test(value) ? `a new ${value.slice(0, 3)}` : value.replace(MADE_LINK, '?a new session')
  })

/**
 * @param changes each answer names what was made for it
 * @throws AssertionError where the two bodies are not the same JSON, or hold nothing
 */
export const requireSameAnswer = (name: string, gateway: string, floor: string, changes = false): void => {
  const [shown, expected] = [toComparable(gateway, changes), toComparable(floor, changes)]
  if (!/"status":"A\w+"/.test(floor) || !/"just now"/.test(JSON.stringify(expected))) {
    throw new Error(`${name}: the floor answers nothing worth comparing:\n${floor}`)
  }
  deepStrictEqual(shown, expected, `${name}: the gateway and the floor answer differently:\n${gateway}\n${floor}`)
}
