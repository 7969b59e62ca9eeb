import { InvalidArgumentError } from 'commander'

export const parseAddress = (text: string): string => {
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '') return text
  throw new InvalidArgumentError('It is an http or https address.')
}

/** As the gateway prints it, or the address of its GraphQL. */
export const parseGateway = (text: string): string =>
  parseAddress(text)
    .replace(/\/+$/, '')
    .replace(/\/graphql$/, '')
