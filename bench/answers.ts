import { deepStrictEqual } from 'node:assert/strict'

/** What is wrong with an answer; null where nothing is. */
export const faultOf = (answer: string, expects: readonly string[]): string | null =>
  answer.startsWith('HTTP/1.1 200 ') && expects.every((text) => answer.includes(text)) && !answer.includes('"errors"')
    ? null
    : `expected 200 with ${expects.join(' and ')}, got:\n${answer.slice(0, 2_000)}`

const JUST_NOW_MS = 3_600_000

/** When the provider was asked differs from one read to the next; that it was lately must be true of both. */
const withoutTimes = (text: string): unknown =>
  JSON.parse(text, (name, value: unknown) => {
    if (name !== 'observedAt') return value
    return typeof value === 'string' && Math.abs(Date.now() - Date.parse(value)) < JUST_NOW_MS ? 'just now' : value
  })

/** @throws AssertionError where the two bodies are not the same JSON, or hold nothing */
export const requireSameAnswer = (name: string, gateway: string, floor: string): void => {
  const [shown, expected] = [withoutTimes(gateway), withoutTimes(floor)]
  if (!/"status":"AUTHORIZED"/.test(floor) || !/"just now"/.test(JSON.stringify(expected))) {
    throw new Error(`${name}: the floor answers nothing worth comparing:\n${floor}`)
  }
  deepStrictEqual(shown, expected, `${name}: the gateway and the floor answer differently:\n${gateway}\n${floor}`)
}
