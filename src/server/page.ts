import { createHash } from 'node:crypto'
import type { Reply } from './reply.ts'

export interface PageText {
  readonly status: number
  readonly title: string
  readonly paragraphs: readonly string[]
  readonly links?: readonly { readonly text: string; readonly url: string }[]
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  /** Runs in the page; its hash goes into the policy. */
  readonly script?: string
  /** Origins that may show the page in a frame. */
  readonly frameAncestors?: readonly string[]
}

const STYLE =
  ':root{color-scheme:light dark;font:1.0625rem/1.5 system-ui,sans-serif}body{margin:0 auto;padding:3rem 1rem;max-width:34rem}body.wide{max-width:72rem}h1{font-size:1.5rem}table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;border-bottom:1px solid;overflow-wrap:anywhere}'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeText = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

const sourceHash = (source: string): string => `'sha256-${createHash('sha256').update(source).digest('base64')}'`

const cells = (tag: 'th' | 'td', texts: readonly string[]): string =>
  `<tr>${texts.map((text) => `<${tag}>${escapeText(text)}</${tag}>`).join('')}</tr>`

const toTable = ({ columns, rows }: NonNullable<PageText['table']>): string =>
  `<table><thead>${cells('th', columns)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table>`

/** A small page that loads nothing, says nothing private and is kept by no cache. */
export const toPage = (page: PageText): Reply => {
  const { status, title, paragraphs, links = [], table, script, frameAncestors = [] } = page
  const policy = [
    "default-src 'none'",
    `style-src ${sourceHash(STYLE)}`,
    ...(script === undefined ? [] : [`script-src ${sourceHash(script)}`]),
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors.length === 0 ? "'none'" : frameAncestors.join(' ')}`,
  ].join('; ')
  const body = [
    ...paragraphs.map((text) => `<p>${escapeText(text)}</p>`),
    ...links.map(({ text, url }) => `<p><a href="${escapeText(url)}">${escapeText(text)}</a></p>`),
    table === undefined ? '' : toTable(table),
  ].join('')
  const code = script === undefined ? '' : `<script>${script}</script>`
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeText(title)}</title><style>${STYLE}</style></head><body${table === undefined ? '' : ' class="wide"'}><main><h1>${escapeText(title)}</h1>${body}</main>${code}</body></html>`,
  }
}
