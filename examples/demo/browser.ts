import { DemoFailure } from './failure.ts'
import type { Stage } from './flow.ts'
import { interrupted } from './gateway.ts'

/** What the person types into a field; null leaves it as it is. */
type FillIn = (field: string) => Promise<string | null>

export interface Visit {
  /** How many pages the person saw. */
  readonly pages: number
  /** Where the bank sends them: not opened yet. */
  readonly callback: URL
}

const MOST_PAGES = 10
const ADVICE = 'Open the link in a browser: `RedirectStep.url`.'

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const plain = (html: string): string =>
  html.replaceAll(/&(amp|lt|gt|quot|#39);/g, (all, name: string) => ENTITIES[name] ?? all)

const attribute = (tag: string, name: string): string | null => {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value === undefined ? null : plain(value)
}

const open = async ({ gateway: { signal } }: Stage, url: URL, body?: URLSearchParams): Promise<Response> => {
  try {
    return await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
      signal,
      ...(body !== undefined && { method: 'POST', body }),
    })
  } catch (cause) {
    if (signal.aborted) throw interrupted(cause)
    throw new DemoFailure('NO_PAGE', `Nobody answers at ${url.origin}.`, ADVICE, cause)
  }
}

/** The form with the button to approve, where there is one; else the first, which goes on. */
const formOf = (html: string): string | undefined => {
  const forms = html.match(/<form\b.*?<\/form>/gs) ?? []
  return forms.find((form) => form.includes('value="approve"')) ?? forms[0]
}

const filledIn = async (form: string, fillIn: FillIn): Promise<URLSearchParams> => {
  const fields = new URLSearchParams()
  for (const tag of form.match(/<input\b[^>]*>/g) ?? []) {
    const name = attribute(tag, 'name')
    if (name !== null) fields.append(name, (await fillIn(name)) ?? attribute(tag, 'value') ?? '')
  }
  const button = /<button\b[^>]*>/.exec(form)?.[0] ?? ''
  const pressed = attribute(button, 'name')
  if (pressed !== null) fields.append(pressed, attribute(button, 'value') ?? '')
  return fields
}

/** Goes through the pages of a bank as a person who agrees to everything, until they are sent away. */
export const goThrough = async (stage: Stage, link: string, fillIn: FillIn): Promise<Visit> => {
  let url = new URL(link)
  let body: URLSearchParams | undefined
  const bank = url.origin
  let pages = 0
  while (pages < MOST_PAGES) {
    const response = await open(stage, url, body)
    const location = response.headers.get('location')
    body = undefined
    if (location !== null) {
      url = new URL(location, url)
      if (url.origin !== bank) return { pages, callback: url }
      continue
    }
    const html = await response.text()
    pages += 1
    stage.column.result(`page ${pages}: ${plain(/<h1>(.*?)<\/h1>/s.exec(html)?.[1] ?? 'without a title')}`)
    const form = formOf(html)
    if (form === undefined) break
    const fields = await filledIn(form, fillIn)
    url = new URL(attribute(form, 'action') ?? '', url)
    if (attribute(form, 'method') === 'post') body = fields
    else url.search = fields.toString()
  }
  throw new DemoFailure('NO_WAY_BACK', `The pages at ${bank} do not lead back.`, ADVICE)
}

/** Opens what the bank leads back to: the gateway takes the callback, and sends the person on to the app. */
export const comeBack = async (stage: Stage, callback: URL): Promise<void> => {
  stage.column.step('The bank sends them back, through the gateway.')
  const location = (await open(stage, callback)).headers.get('location')
  if (location === null) throw new DemoFailure('NO_WAY_BACK', 'The callback does not lead back to the app.', ADVICE)
  stage.column.result(
    `back in the app, which reads: status=${new URL(location).searchParams.get('status') ?? 'nothing'}`,
  )
}
