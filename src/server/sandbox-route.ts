import { toPage } from './page.ts'
import type { Route } from './route.ts'

export interface SandboxGuideLine {
  readonly provider: string
  readonly institutionId: string | null
  readonly title: string
  readonly tryThis: string
  readonly expect: string
}

export interface SandboxPages {
  readonly guide: readonly SandboxGuideLine[]
  readonly inboxUrl: string
  readonly phoneUrl: string
}

/** Where a development client may send people back to without a page of its own. */
export const RETURN_PATH = '/sandbox/return'

/** `GET /sandbox`: every magic value. `GET /sandbox/return`: a return address that only says what came back. */
export const sandboxRoutes = ({ guide, inboxUrl, phoneUrl }: SandboxPages): readonly Route[] => [
  {
    method: 'GET',
    path: '/sandbox',
    handler: async () =>
      toPage({
        status: 200,
        title: 'Sandbox',
        paragraphs: [
          'Each institution is named by what it does. Give its id to startAuthorization and do what stands beside it.',
        ],
        links: [
          { text: 'Inbox: the codes that were "sent" by SMS and e-mail', url: inboxUrl },
          { text: 'Phone: scan, approve, cancel, or be somebody else', url: phoneUrl },
        ],
        table: {
          columns: ['Provider', 'Institution', 'Try this', 'Expect'],
          rows: guide.map(({ provider, institutionId, title, tryThis, expect }) => [
            provider,
            institutionId === null ? title : `${title} (${institutionId})`,
            tryThis,
            expect,
          ]),
        },
      }),
  },
  {
    method: 'GET',
    path: RETURN_PATH,
    handler: async ({ query }) =>
      toPage({
        status: 200,
        title: 'Back in your app',
        paragraphs: [
          'A real client would now ask for the consent. This is what came back:',
          ...['auth_session_id', 'consent_id', 'status'].map((name) => `${name}: ${query.get(name) ?? 'nothing'}`),
        ],
      }),
  },
]
