import { GatewayError } from '../../domain/errors.ts'
import type { Config } from '../../config.ts'
import type { Surroundings } from '../../surroundings.ts'
import { type Check, codeOf } from './checks.ts'
import { fault, fine, type Finding, warning } from './finding.ts'
import { describeHealth } from './port.ts'

const SUBJECT = 'public address'

const isLoopback = (url: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)

/** What each provider must have on its list, to the letter. */
const describeNeeds = (publicUrl: string, { providers }: Surroundings): readonly Finding[] =>
  providers.flatMap(({ descriptor: { displayName, optionsName }, needs }) => [
    ...(needs.callback
      ? [fine('redirect address', `${displayName} must know ${publicUrl}/callback/${optionsName}`)]
      : []),
    ...(needs.webhook
      ? [fine('webhook address', `${displayName} must know ${publicUrl}/webhooks/${optionsName}`)]
      : []),
  ])

const askPublicly = async (publicUrl: string, { probe }: Surroundings, signal: AbortSignal): Promise<Finding> => {
  try {
    const { status, body } = await probe(`${publicUrl}/health/ready`, signal)
    return describeHealth(SUBJECT, publicUrl, status, body)
  } catch (error) {
    const remedy =
      'Check its name, its certificate and the proxy in front; it may also be out of reach from here alone.'
    return fault(SUBJECT, `${publicUrl} does not answer from here (${codeOf(error)}).`, remedy)
  }
}

/** @param reach asks it, too: from here, which a person's browser is not */
export const publicUrlCheck = ({ server }: Config, surroundings: Surroundings, reach: boolean): Check => ({
  subject: SUBJECT,
  run: async (signal) => {
    const { publicUrl } = server
    if (publicUrl === null) return [fine(SUBJECT, 'the one listened on, as in development.')]
    const needs = describeNeeds(publicUrl, surroundings)
    if (reach) return [await askPublicly(publicUrl, surroundings, signal), ...needs]
    const isCalledBack = surroundings.providers.some(({ needs: { callback, webhook } }) => callback || webhook)
    if (isCalledBack && isLoopback(publicUrl)) {
      const finding = `${publicUrl} is of this machine alone, and providers send people there.`
      return [warning(SUBJECT, finding, 'Set PUBLIC_URL to where a browser reaches the gateway.'), ...needs]
    }
    return [fine(SUBJECT, `${publicUrl} (--reach asks it)`), ...needs]
  },
})

/** The issuer of other user tokens, asked as for the first of them. */
export const issuerCheck = ({ oidc }: Config, { countIssuerKeys }: Surroundings): readonly Check[] => {
  if (oidc === null) return []
  const subject = 'OIDC issuer'
  const { issuer } = oidc
  return [
    {
      subject,
      run: async () => {
        try {
          const keys = await countIssuerKeys(issuer)
          if (keys > 0) return [fine(subject, `${issuer} answers with ${keys} keys.`)]
          const finding = `${issuer} has no key that may verify tokens.`
          return [fault(subject, finding, 'It must publish one for EdDSA, ES256, RS256 or PS256, with a `kid`.')]
        } catch (error) {
          if (error instanceof GatewayError) throw error
          const finding = `the keys of ${issuer} cannot be read (${codeOf(error)}).`
          const remedy = 'Check OIDC_ISSUER, to the letter, and the network between: its tokens are refused.'
          return [fault(subject, finding, remedy)]
        }
      },
    },
  ]
}
