import { comeBack, goThrough } from './browser.ts'
import type { Flow } from './flow.ts'

export const redirect: Flow = {
  name: 'redirect',
  title: "A redirect to the bank's own pages",
  provider: 'ENABLE_BANKING',
  bank: 'Sandbox Redirect',
  psu: () => ({}),
  act: async (stage, { step }) => {
    stage.column.step('The person follows the link.')
    const { pages, callback } = await goThrough(stage, step.url ?? '', () => Promise.resolve(null))
    await comeBack(stage, callback)
    return `approved on page ${pages} of the bank`
  },
}
