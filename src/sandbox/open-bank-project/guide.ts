import type { SandboxGuideEntry } from '../institution-flow.ts'

const anyPhone = 'phone number +15550100'

export const OBP_SANDBOX_GUIDE: readonly SandboxGuideEntry[] = [
  {
    institutionRef: 'sandbox.otp',
    title: 'Sandbox Bank (OTP by SMS)',
    tryThis: `Start with ${anyPhone}, answer 123`,
    expect: 'The SMS is in the inbox; the consent becomes ACCEPTED',
  },
  {
    institutionRef: 'sandbox.otp',
    title: 'Sandbox Bank (OTP by SMS), wrong code',
    tryThis: 'Answer anything but 123',
    expect: 'One attempt only: the consent becomes REJECTED for good',
  },
  {
    institutionRef: 'sandbox.otp',
    title: 'Sandbox Bank (OTP by SMS), phone out of reach',
    tryThis: 'Start with a phone number that ends in 35010',
    expect: 'OBP-35010, and an INITIATED consent stays behind that nobody can answer',
  },
  {
    institutionRef: 'sandbox.otp-by-email',
    title: 'Sandbox Bank (OTP by e-mail)',
    tryThis: 'Start with an e-mail address, answer 123',
    expect: 'The mail is in the inbox; without any address it goes to psu@sandbox.example',
  },
  {
    institutionRef: 'sandbox.otp-no-sms',
    title: 'Sandbox Bank (SMS is not set up)',
    tryThis: `Start with ${anyPhone}`,
    expect: 'OBP-00010, and an INITIATED consent stays behind',
  },
  {
    institutionRef: 'sandbox.otp-accepted',
    title: 'Sandbox Bank (no OTP is asked)',
    tryThis: 'Start',
    expect: 'The consent is ACCEPTED at once',
  },
  {
    institutionRef: 'sandbox.otp-expires-soon',
    title: 'Sandbox Bank (consents last a minute)',
    tryThis: `Start with ${anyPhone}, answer 123, wait a minute or move the clock`,
    expect: 'The server goes on saying ACCEPTED; only the exp of the JWT tells that it has ended',
  },
  {
    institutionRef: 'sandbox.otp-weird-status',
    title: 'Sandbox Bank (a status nobody knows)',
    tryThis: `Start with ${anyPhone}, answer 123`,
    expect: 'The status word is UNDERREVIEW, which no documentation names',
  },
  {
    institutionRef: 'sandbox.otp-slow',
    title: 'Sandbox Bank (slow)',
    tryThis: 'Any call',
    expect: 'It takes effect at once and answers after three seconds',
  },
  {
    institutionRef: 'sandbox.otp-429',
    title: 'Sandbox Bank (too many requests)',
    tryThis: 'Any call',
    expect: '429 OBP-10018 with X-Rate-Limit headers and no Retry-After; nothing happens',
  },
  {
    institutionRef: 'sandbox.otp-5xx',
    title: 'Sandbox Bank (down)',
    tryThis: 'Any call',
    expect: '500 OBP-50005; nothing happens',
  },
]
