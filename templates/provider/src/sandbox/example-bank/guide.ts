import type { SandboxGuideEntry } from '../institution-flow.ts'

/** The first entry is the plain way. */
export const EXAMPLE_BANK_SANDBOX_GUIDE: readonly SandboxGuideEntry[] = [
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, approve',
    tryThis: 'Follow the link, approve',
    expect: 'The consent is AUTHORIZED',
  },
  {
    institutionRef: 'sandbox.redirect',
    title: 'Redirect, deny',
    tryThis: 'Follow the link, deny',
    expect: 'The consent is REJECTED',
  },
  {
    institutionRef: 'sandbox.redirect-weird-status',
    title: 'A status nobody knows',
    tryThis: 'Approve',
    expect: 'under_review is shown and moves nothing',
  },
]
