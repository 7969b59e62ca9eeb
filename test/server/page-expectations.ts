import { createHash } from 'node:crypto'
import { expect } from 'vitest'

export interface ShownPage {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

const hashOf = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`

const inner = (html: string, tag: string): readonly string[] =>
  [...html.matchAll(new RegExp(`<${tag}\\b[^>]*>(.*?)</${tag}>`, 'gs'))].map(([, text = '']) => text)

/** A page that any browser may be shown: reads well, loads nothing, is kept by nobody, and refers nobody to its address. */
export const expectSafePage = (page: ShownPage, frameAncestors = "'none'"): void => {
  const { headers, text } = page
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(headers.get('cache-control')).toBe('no-store')
  expect(headers.get('referrer-policy')).toBe('no-referrer')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('set-cookie')).toBeNull()

  const policy = headers.get('content-security-policy')!.split('; ')
  const styles = inner(text, 'style').map(hashOf)
  const scripts = inner(text, 'script').map(hashOf)
  expect(policy).toEqual([
    "default-src 'none'",
    `style-src ${styles.join(' ')}`,
    ...(scripts.length === 0 ? [] : [`script-src ${scripts.join(' ')}`]),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ])
  expect(text).not.toMatch(/\s(?:src|style|on\w+)=|<(?:img|iframe|object|embed|link|base|form)\b|javascript:/i)

  expect(text).toMatch(/^<!doctype html><html lang="en">/)
  expect(text).toContain('<meta charset="utf-8">')
  expect(text).toMatch(/<meta name="viewport" content="width=device-width[^"]*">/)
  expect(inner(text, 'title')).toEqual(inner(text, 'h1'))
  expect(inner(text, 'h1')).toHaveLength(1)
  expect(inner(text, 'h1')[0]).not.toBe('')
  expect(inner(text, 'main')).toHaveLength(1)
}
