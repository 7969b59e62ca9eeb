import { createHash } from 'node:crypto'
import type { Reply } from './reply.ts'

/** HTML that is safe to place in a page: only `html` makes it, outside of this file. */
class Markup {
  readonly #source: string
  constructor(source: string) {
    this.#source = source
  }
  toString(): string {
    return this.#source
  }
}

export type { Markup }

export type MarkupValue = Markup | string | number | null | undefined | readonly MarkupValue[]

/** Escapes every value that is not markup itself; lists are joined, null and undefined vanish. Quote attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(parts.map((part, index) => part + escapeValue(values[index])).join(''))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeValue(value: MarkupValue): string {
  if (value === null || value === undefined) return ''
  if (value instanceof Markup) return value.toString()
  if (typeof value === 'object') return value.map(escapeValue).join('')
  return String(value).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

export interface PageContent {
  readonly title: string
  /** Goes into `<main>`, under the title as its `<h1>`. */
  readonly body: Markup
  /** Default 200. */
  readonly status?: number
  /** The page loads itself again after so many seconds. Default: never. */
  readonly refreshSeconds?: number | undefined
  /** Origins to which a form here may lead, redirects included, as browsers check them too. Default: this one. */
  readonly formTargets?: readonly string[]
}

const style = `
:root { color-scheme: light dark; font: 1.0625rem/1.5 system-ui, sans-serif }
body { margin: 0 auto; padding: 1.5rem 1rem; max-width: 38rem }
header { border-bottom: 1px solid; padding-bottom: .5rem; font-size: .875rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
button, input, select { font: inherit; padding: .6rem .9rem; min-height: 2.75rem; box-sizing: border-box }
button { cursor: pointer; margin: .25rem .5rem .25rem 0 }
label { display: block; margin: .75rem 0 .25rem }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid }
code { font: 1.125em ui-monospace, monospace }
[role=alert] { border-left: .25rem solid; padding-left: .75rem }
`
// Built apart from the template: the hash covers every byte between the tags.
const styleElement = new Markup(`<style>${style}</style>`)
const styleSource = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

/** A page that loads nothing, runs no script and cannot be framed. */
export function page({ title, body, status = 200, refreshSeconds, formTargets = [] }: PageContent): Reply {
  const refresh = refreshSeconds === undefined ? '' : html`<meta http-equiv="refresh" content="${refreshSeconds}" />`
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${refresh}
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <header>Sandbox: no real bank, no real money</header>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': [
        "default-src 'none'",
        `style-src ${styleSource}`,
        `form-action ${["'self'", ...formTargets].join(' ')}`,
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ].join('; '),
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
    body: document.toString(),
  }
}
