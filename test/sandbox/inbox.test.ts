import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createSimulator } from '../../src/sandbox/http.ts'
import { createInbox } from '../../src/sandbox/inbox.ts'
import { html } from '../../src/sandbox/page.ts'

async function startInbox() {
  const inbox = createInbox()
  const server = await createSimulator({ name: 'inbox', routes: inbox.routes })
  const deliver = (to: string, text: string) =>
    inbox.deliver({ channel: 'SMS', to, text, code: '123', institution: 'sandbox.otp' })
  const read = async (query: string) =>
    ((await (await fetch(`${server.url}/inbox.json${query}`)).json()) as { messages: { id: number; text: string }[] })
      .messages
  return { inbox, server, deliver, read, [Symbol.asyncDispose]: () => server.close() }
}

describe('the inbox', () => {
  it('is read by address and from a place on', async () => {
    await using box = await startInbox()
    box.deliver('+1', 'one')
    box.deliver('+2', 'two')
    box.deliver('+1', 'three')
    expect((await box.read('?to=%2B1')).map(({ text }) => text)).toEqual(['one', 'three'])
    expect((await box.read('?to=%2B1&after=1')).map(({ text }) => text)).toEqual(['three'])
    expect(await box.read('?after=3')).toEqual([])
  })

  it('forgets the oldest', async () => {
    await using box = await startInbox()
    for (let sent = 0; sent < 502; sent += 1) box.deliver('+1', String(sent))
    const texts = (await box.read('')).map(({ text }) => text)
    expect([texts.length, texts[0]]).toEqual([500, '2'])
  })

  it('shows a person the newest first, as text', async () => {
    await using box = await startInbox()
    box.deliver('+1', 'older text')
    box.deliver('+1', '<script>alert(1)</script>')
    const shown = await (await fetch(`${box.server.url}/inbox`)).text()
    expect(shown).not.toContain('<script')
    expect(shown.indexOf('&lt;script&gt;')).toBeLessThan(shown.indexOf('older text'))
    expect(shown).toContain('http-equiv="refresh"')
    expect(await (await fetch(`${box.server.url}/inbox?refresh=off`)).text()).not.toContain('http-equiv="refresh"')
  })
})

describe('a page', () => {
  it('has a policy that lets its own style through and nothing else', async () => {
    await using box = await startInbox()
    const answer = await fetch(`${box.server.url}/inbox`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    const style = /<style>([^]*)<\/style>/.exec(await answer.text())?.[1] ?? ''
    expect(policy).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(policy).toContain("default-src 'none'")
  })

  it('escapes each value but markup', () => {
    const name = `"><b a='1'>&`
    expect(html`<p title="${name}">${[html`<i>${1}</i>`, '<']}${null}</p>`.toString()).toBe(
      '<p title="&quot;&gt;&lt;b a=&#39;1&#39;&gt;&amp;"><i>1</i>&lt;</p>',
    )
  })
})
