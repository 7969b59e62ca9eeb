/** What a person fills in on a page of a bank: by the name of the field. */
export type FillIn = (name: string, page: URL) => Promise<string | undefined>

interface Form {
  readonly method: string
  readonly action: string
  readonly html: string
}

const unescape = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&')

const attribute = (tag: string, name: string): string | undefined => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? undefined : unescape(value)
}

const formsOf = (html: string): readonly Form[] =>
  [...html.matchAll(/(<form\b[^>]*>)(.*?)<\/form>/gs)].map(([, tag = '', inner = '']) => ({
    method: attribute(tag, 'method') ?? 'get',
    action: attribute(tag, 'action') ?? '',
    html: inner,
  }))

/** What a browser would send for a form whose first button, or the one of this value, is pressed. */
const fieldsOf = async (form: Form, press: string, page: URL, fillIn: FillIn): Promise<URLSearchParams> => {
  const fields = new URLSearchParams()
  for (const [tag, inner = ''] of form.html.matchAll(/<input\b[^>]*>|<select\b[^>]*>(.*?)<\/select>/gs)) {
    const name = attribute(tag, 'name')
    const isLeftOut = attribute(tag, 'type') === 'checkbox' && !/\schecked\b/.test(tag)
    if (name === undefined || isLeftOut) continue
    const option = /<option\b[^>]*>/.exec(inner)?.[0] ?? ''
    fields.append(name, (await fillIn(name, page)) ?? attribute(tag, 'value') ?? attribute(option, 'value') ?? '')
  }
  const buttons = [...form.html.matchAll(/<button\b[^>]*>/g)].map(([tag]) => tag)
  const button = buttons.find((tag) => attribute(tag, 'value') === press) ?? buttons[0] ?? ''
  const name = attribute(button, 'name')
  if (name !== undefined) fields.append(name, attribute(button, 'value') ?? '')
  return fields
}

const MAX_PAGES = 10

/**
 * Goes through the pages of a bank as a person does: presses the button of this value where a page has it, else the
 * first one, until the bank sends them away. Null where it never does.
 */
export const goThrough = async (link: string, press: string, fillIn: FillIn): Promise<URL | null> => {
  const start = new URL(link)
  let page = start
  let body: URLSearchParams | null = null
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const response: Response = await fetch(page, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
      ...(body !== null && { method: 'POST', body }),
    })
    const html = await response.text()
    const location = response.headers.get('location')
    if (location !== null) {
      page = new URL(location, page)
      body = null
      if (page.origin !== start.origin) return page
      continue
    }
    const forms = formsOf(html)
    const form = forms.find((one) => one.html.includes(`value="${press}"`)) ?? forms[0]
    if (form === undefined) return null
    const fields = await fieldsOf(form, press, page, fillIn)
    page = new URL(form.action, page)
    const isPost = form.method === 'post'
    if (!isPost) page.search = fields.toString()
    body = isPost ? fields : null
  }
  throw new Error(`${start.origin} leads nowhere after ${MAX_PAGES} pages`)
}
