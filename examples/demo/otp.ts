import { failOn, USER_ERRORS, type UserError } from './failure.ts'
import type { Flow } from './flow.ts'
import { readMessage } from './inbox.ts'

const ANSWER = `mutation ($input: AnswerChallengeInput!) { answerChallenge(input: $input) { ${USER_ERRORS} } }`

export const otp: Flow = {
  name: 'otp',
  title: 'A code by SMS',
  provider: 'OPEN_BANK_PROJECT',
  bank: 'Sandbox Bank (OTP by SMS)',
  psu: () => ({ phone: `+1555${String(Math.floor(Math.random() * 10_000)).padStart(4, '0')}000` }),
  act: async ({ gateway, column }, { authSessionId, step }, { phone = '' }) => {
    column.step('The person reads the SMS.')
    const { text, code } = await readMessage(gateway, phone)
    column.result(`"${text}"`)
    column.step(`They type ${code}.`)
    const { answerChallenge } = await gateway.ask<{ answerChallenge: { userErrors: readonly UserError[] } }>(ANSWER, {
      input: { authSessionId, stepId: step.id, answer: { otp: code } },
    })
    failOn(answerChallenge.userErrors)
    return 'typed a code from an SMS'
  },
}
