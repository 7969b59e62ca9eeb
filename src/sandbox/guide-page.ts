import type { SandboxGuideEntry } from './institution-flow.ts'
import { html, page } from './page.ts'
import type { Reply } from './reply.ts'

/** The magic values of one simulator, for a person. */
export function guidePage(title: string, guide: readonly SandboxGuideEntry[]): Reply {
  const rows = guide.map(
    ({ institutionRef, title: name, tryThis, expect }) =>
      html`<tr>
        <th scope="row">${name}<br /><code>${institutionRef}</code></th>
        <td>${tryThis}</td>
        <td>${expect}</td>
      </tr>`,
  )
  return page({
    title,
    body: html`<p>Messages that these banks send arrive in the <a href="/inbox">inbox</a>.</p>
      <table>
        <thead>
          <tr>
            <th scope="col">Institution</th>
            <th scope="col">Try this</th>
            <th scope="col">Expect</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  })
}
