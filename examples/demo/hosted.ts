import { comeBack, goThrough } from './browser.ts'
import type { Flow } from './flow.ts'
import { readMessage } from './inbox.ts'

export const hosted: Flow = {
  name: 'hosted',
  title: 'A redirect to a page that the provider hosts',
  provider: 'FISKIL',
  bank: 'Sandbox Redirect',
  psu: () => ({ email: `demo-${crypto.randomUUID().slice(0, 8)}@sandbox.example` }),
  act: async (stage, { step }, { email = '' }) => {
    stage.column.step('The person follows the link.')
    const { pages, callback } = await goThrough(stage, step.url ?? '', async (field) => {
      if (field === 'email') return email
      if (field !== 'otp') return null
      const { text, code } = await readMessage(stage.gateway, email)
      stage.column.result(`e-mail: "${text}"`)
      return code
    })
    await comeBack(stage, callback)
    return `typed a code, approved on page ${pages}`
  },
}
