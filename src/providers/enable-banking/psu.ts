import { isIP } from 'node:net'
import { invalidInput } from '../../domain/errors.ts'
import type { PsuContext } from '../../domain/provider.ts'

/** In the reference's own spelling, which is not regular. */
const HEADERS = {
  ipAddress: 'Psu-Ip-Address',
  userAgent: 'Psu-User-Agent',
  referer: 'Psu-Referer',
  accept: 'Psu-Accept',
  acceptCharset: 'Psu-Accept-Charset',
  acceptEncoding: 'Psu-Accept-Encoding',
  acceptLanguage: 'Psu-Accept-language',
  geoLocation: 'Psu-Geo-Location',
} as const satisfies Partial<Record<keyof PsuContext, string>>

type PsuField = keyof typeof HEADERS

const PSU_FIELDS = Object.keys(HEADERS) as readonly PsuField[]

/** The field of `PsuInput` behind a header; null for a header that it has no field for. */
export const toPsuField = (header: string): PsuField | null =>
  PSU_FIELDS.find((field) => HEADERS[field].toLowerCase() === header.trim().toLowerCase()) ?? null

/** Visible ASCII and spaces: what every server reads the same way in a header. */
const isHeaderText = (value: string): boolean => /^[\x20-\x7e]{1,2048}$/.test(value)

const FORMS: Readonly<Partial<Record<PsuField, (value: string) => boolean>>> = {
  ipAddress: (value) => isIP(value) !== 0,
  geoLocation: (value) => /^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$/.test(value),
}

const given = (psu: PsuContext): readonly PsuField[] => PSU_FIELDS.filter((field) => psu[field] !== null)

const isWellFormed = (psu: PsuContext, field: PsuField): boolean => {
  const value = psu[field] ?? ''
  return isHeaderText(value) && FORMS[field]?.(value) !== false
}

/**
 * A bank takes all that it requires, or nothing at all.
 *
 * @throws GatewayError INVALID_INPUT that names the first field at fault
 */
export const checkPsu = (psu: PsuContext, required: readonly string[]): void => {
  const fields = given(psu)
  const malformed = fields.find((field) => !isWellFormed(psu, field))
  if (malformed !== undefined) throw invalidInput('This cannot be sent to a bank.', 'input', 'psu', malformed)
  const missing = PSU_FIELDS.filter((field) => required.includes(field) && !fields.includes(field))
  const [first] = missing
  if (fields.length > 0 && first !== undefined) {
    throw invalidInput(
      `This institution takes all of its fields of the person or none. Add: ${missing.join(', ')}.`,
      'input',
      'psu',
      first,
    )
  }
}

/** Says to the bank that the person is there. For what `checkPsu` has passed. */
export const toPsuHeaders = (psu: PsuContext): Readonly<Record<string, string>> =>
  Object.fromEntries(given(psu).map((field) => [HEADERS[field], psu[field] ?? '']))
