import { describe, expect, test } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { checkReturnTo } from '../../src/services/authorization/return-to.ts'
import { newClient } from '../store/entities.ts'

const REGISTERED = [
  'https://app.example/callback',
  'https://app.example:8443/callback',
  'http://localhost:3000/callback',
  'http://[::1]:3000/callback',
  'com.example.app://return',
  'com.example.app:/done',
  // A client whose registration was not checked opens nothing by it.
  'http://app.example/plain',
]
const OWN = 'https://gateway.example/return'

const client = newClient({ returnTo: REGISTERED })

const outcome = (success: string): string => {
  try {
    return checkReturnTo(client, { success, cancel: null }, OWN).success
  } catch (error) {
    return error instanceof GatewayError ? error.code : String(error)
  }
}

describe('a return address', () => {
  test.each([
    ['https://app.example/callback', 'https://app.example/callback'],
    ['https://app.example/callback?order=1&back=https://evil.example', null],
    ['https://APP.example/callback', 'https://app.example/callback'],
    ['HTTPS://app.example:443/callback', 'https://app.example/callback'],
    ['https://app.example/x/../callback', 'https://app.example/callback'],
    ['https://app.example/%2e/callback', 'https://app.example/callback'],
    // A browser reads this full stop as the other one.
    ['https://app。example/callback', 'https://app.example/callback'],
    ['http://localhost:3000/callback', null],
    ['http://[::1]:3000/callback', null],
    ['com.example.app://return?x=1', null],
    ['com.example.app:/done', null],
    [OWN, null],
  ])('%s leads where it is registered', (address, leadsTo) => {
    expect(outcome(address)).toBe(leadsTo ?? address)
  })

  test.each([
    'https://evil.example/callback',
    'https://app.example.evil.example/callback',
    'https://evil.example/app.example/callback',
    'https://app.example/Callback',
    'https://app.example/callback/',
    'https://app.example/callback/../other',
    'https://app.example/callback/..%2fother',
    'https://app.example/%63allback',
    'https://app.example/callback%2f',
    'https://app.example/callback%00',
    'https://app.example/callback;x',
    'https://app.example//callback',
    'https://app.example:444/callback',
    'https://app.example./callback',
    'https://xn--app-.example/callback',
    'https://аpp.example/callback',
    'https://localhost:3000/callback',
    'com.example.app:return',
    'com.example.app://done',
    'com.example.app:///return',
    'com.example.application://return',
    'javascript:alert(1)',
    'javascript://app.example/callback',
    'data:text/html,x',
    'file:///callback',
    'blob:https://app.example/callback',
    'intent://app.example/callback',
  ])('%s is not registered', (address) => {
    expect(outcome(address)).toMatch(/^(?:NOT_ALLOWED|INVALID_INPUT)$/)
  })

  test.each([
    '',
    'callback',
    '/callback',
    '//app.example/callback',
    'https://',
    'https://app.example/callback#token',
    'https://app.example/callback#',
    'https://user@app.example/callback',
    'https://@app.example/callback',
    'https://:@app.example/callback',
    'https://evil.example@app.example/callback',
    String.raw`https://app.example\callback`,
    String.raw`https:\\app.example/callback`,
    String.raw`https://evil.example\@app.example/callback`,
    'https://app.example/call\tback',
    'ht\ntps://app.example/callback',
    ' https://app.example/callback',
    'https://app.example/callback ',
    'https://app.example/call\u00a0back',
    'https://app.example/callback\u0000',
    'http://app.example/plain',
    'http://127.0.0.1.evil.example/callback',
  ])('%j is no return address', (address) => {
    expect(outcome(address)).toBe('INVALID_INPUT')
  })

  test('of a cancel is looked at as well, and named', () => {
    const returnTo = { success: 'https://app.example/callback', cancel: 'https://evil.example/' }
    expect(() => checkReturnTo(client, returnTo, OWN)).toThrow(
      expect.objectContaining({ code: 'NOT_ALLOWED', path: ['input', 'returnTo', 'cancel'] }),
    )
  })
})
