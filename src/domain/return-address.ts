const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** What a URL parser drops or reads as something else, so that the text would not say where it leads. */
const MISLEADING = /[\p{Cc}\p{Zs}\\]/u
const USERINFO = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*@/i

export type ParsedAddress = { readonly url: URL } | { readonly fault: string }

/** An address that a person may be sent to, after WHATWG parsing. */
export const parseReturnAddress = (text: string): ParsedAddress => {
  if (MISLEADING.test(text)) return { fault: 'A return address holds no spaces, control characters and backslashes.' }
  const url = URL.parse(text)
  if (url === null) return { fault: 'A return address is an absolute URL.' }
  if (USERINFO.test(text)) return { fault: 'A return address holds no user name or password.' }
  if (text.includes('#')) return { fault: 'A return address has no fragment.' }
  if (url.protocol === 'http:' && !LOOPBACK.has(url.hostname)) {
    return { fault: 'A return address uses https; http only on loopback.' }
  }
  return { url }
}

/** As a client registers it: where it leads is fixed, and its query is for each request to say. */
export const parseRegisteredAddress = (text: string): ParsedAddress => {
  const parsed = parseReturnAddress(text)
  if ('fault' in parsed) return parsed
  if (text.includes('?')) return { fault: 'A return address is registered without a query.' }
  // Apps claim https addresses for themselves: RFC 8252, section 7.2.
  if (!/^https?:$/.test(parsed.url.protocol)) return { fault: 'A return address uses https; http only on loopback.' }
  return parsed
}
