import { X509Certificate } from 'node:crypto'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderSurroundings } from '../../surroundings.ts'
import { type Check, codeOf } from './checks.ts'
import { fault, fine, type Finding, warning } from './finding.ts'

const DAY_MS = 86_400_000
/** Time enough to get a new one from a bank's authority. */
const RENEW_WITHIN_DAYS = 30

const describeCertificate = (subject: string, pem: string, now: number): readonly Finding[] => {
  const certificate = new X509Certificate(pem)
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)]
  const ends = `its certificate of serial number ${certificate.serialNumber} ends at ${new Date(to).toISOString()}.`
  if (now > to) return [fault(subject, ends, 'Get a new one: the provider refuses it.')]
  if (now < from) {
    const begins = `its certificate of serial number ${certificate.serialNumber} is not valid yet.`
    return [fault(subject, begins, 'Wait, or correct the clock of this machine.')]
  }
  if (to - now < RENEW_WITHIN_DAYS * DAY_MS) return [warning(subject, ends, 'Get a new one before.')]
  return []
}

const askProvider = async (
  subject: string,
  { baseUrl, check }: ProviderSurroundings,
  signal: AbortSignal,
): Promise<Finding> => {
  try {
    const report = await check?.(signal)
    if (report?.ok === true) return fine(subject, `${baseUrl} takes the credentials: ${report.detail}`)
    return fault(subject, `${baseUrl}: ${report?.detail}`, 'Check what is set for it, and the network between.')
  } catch (error) {
    const said = error instanceof GatewayError ? error.message : 'It could not be asked.'
    return fault(
      subject,
      `${baseUrl}: ${said} (${codeOf(error)})`,
      'Check what is set for it, and the network between.',
    )
  }
}

/** One call to each provider that is configured, with its own credentials. */
export const providerCheck = (provider: ProviderSurroundings): Check => {
  const subject = provider.descriptor.displayName
  return {
    subject,
    run: async (signal) => {
      if (provider.mode === 'OFF') return [fine(subject, 'not in use.')]
      if (provider.mode === 'SANDBOX') return [fine(subject, 'its simulator is used, inside of the gateway.')]
      return [
        await askProvider(subject, provider, signal),
        ...provider.certificates.flatMap((pem) => describeCertificate(subject, pem, Date.now())),
      ]
    },
  }
}
