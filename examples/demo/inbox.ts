import { DemoFailure } from './failure.ts'
import { type Gateway, interrupted } from './gateway.ts'

const newestText = async (inbox: string, { signal }: Gateway): Promise<string> => {
  try {
    const response = await fetch(inbox, { signal })
    const { messages } = (await response.json()) as { messages: readonly { text: string }[] }
    return messages.at(-1)?.text ?? ''
  } catch (cause) {
    if (signal.aborted) throw interrupted(cause)
    const advice = 'Run the demo on the machine that the gateway runs on.'
    throw new DemoFailure('NO_INBOX', `The inbox at ${inbox} cannot be read.`, advice, cause)
  }
}

/** The newest message to an address: its text, and the code that a person finds in it. */
export const readMessage = async (
  gateway: Gateway,
  address: string,
): Promise<{ readonly text: string; readonly code: string }> => {
  const { sandbox } = await gateway.ask<{ sandbox: { inboxUrl: string } | null }>('{ sandbox { inboxUrl } }')
  if (sandbox === null) {
    throw new DemoFailure('NO_SANDBOX', 'This gateway has no inbox.', 'Run the demo against a development gateway.')
  }
  const text = await newestText(`${sandbox.inboxUrl}.json?${new URLSearchParams({ to: address })}`, gateway)
  const code = /\d+/.exec(text)?.[0]
  if (code === undefined) {
    throw new DemoFailure('NO_MESSAGE', `Nothing was sent to ${address}.`, 'Open the inbox that the gateway printed.')
  }
  return { text, code }
}
