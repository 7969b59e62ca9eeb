import { isIP } from 'node:net'
import type { SimulatorRequest } from '../request.ts'
import type { Aspsp } from './aspsps.ts'
import { Refusal } from './refusal.ts'

/** As documented, odd case included; matched without it. */
const psuHeaders = [
  'Psu-Ip-Address',
  'Psu-User-Agent',
  'Psu-Referer',
  'Psu-Accept',
  'Psu-Accept-Charset',
  'Psu-Accept-Encoding',
  'Psu-Accept-language',
  'Psu-Geo-Location',
] as const

const forms: Readonly<Partial<Record<(typeof psuHeaders)[number], (value: string) => boolean>>> = {
  'Psu-Ip-Address': (value) => isIP(value) !== 0,
  'Psu-Geo-Location': (value) => /^-?\d+(\.\d+)?,-?\d+(\.\d+)?$/.test(value),
}

/** Either all that the bank requires, or none at all. True where the person is said to be present. */
export function checkPsuHeaders({ headers }: SimulatorRequest, aspsp: Aspsp): boolean {
  const sent = psuHeaders.filter((name) => headers[name.toLowerCase()] !== undefined)
  if (sent.length === 0) return false
  const wrong = sent.find((name) => forms[name]?.(String(headers[name.toLowerCase()])) === false)
  if (wrong !== undefined) throw new Refusal(422, 'PSU_HEADER_INVALID', `PSU header ${wrong} is not valid`)
  const missing = aspsp.requiredPsuHeaders.filter((name) => headers[name.toLowerCase()] === undefined)
  if (missing.length > 0) {
    throw new Refusal(422, 'PSU_HEADER_NOT_PROVIDED', `PSU headers are not provided: ${missing.join(', ')}`)
  }
  return true
}
