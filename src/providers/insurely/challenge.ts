import type { AppLaunchChallenge, Challenge, QrChallenge, QrFrame } from '../../domain/step.ts'
import type { Frame, Session } from './sealed.ts'
import { TEXTS, toHint } from './texts.ts'
import type { ConsentStatusAnswer } from './wire.ts'

type Instructions = NonNullable<ConsentStatusAnswer['authInstructions']>

/** `bankid.<qrStartToken>.<seconds>.<HMAC-SHA256, hex>`; whether the last part is good the app finds out. */
const QR_TEXT = /^bankid\.[\w-]{1,128}\.\d{1,10}\.[\w-]{1,128}$/i
const START_TOKEN = /^[\w-]{1,128}$/

interface Order {
  readonly qrText: string | null
  readonly autoStartToken: string | null
  readonly hintCode: string | null
}

/** The field of the QR text is not documented: it is known by its form, whatever its name. */
export const readInstructions = (instructions: Instructions): Order => {
  const texts = Object.values(instructions).filter((value) => typeof value === 'string')
  const { autoStartToken, hintCode, hint } = instructions
  const code = hintCode ?? hint
  return {
    qrText: texts.find((text) => QR_TEXT.test(text)) ?? null,
    autoStartToken: typeof autoStartToken === 'string' && START_TOKEN.test(autoStartToken) ? autoStartToken : null,
    hintCode: typeof code === 'string' ? code : null,
  }
}

/** Every character but letters, digits and `.`, as Insurely's own SDK does it: app links are parsed by many hands. */
const encodeRedirect = (redirect: string): string =>
  [...new TextEncoder().encode(redirect)]
    .map((byte) => {
      const character = String.fromCodePoint(byte)
      return /[A-Za-z0-9.]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

const toLaunch = (session: Session, token: string, hint: string | null): AppLaunchChallenge => {
  const query = `autostarttoken=${token}&redirect=${session.redirect === null ? 'null' : encodeRedirect(session.redirect)}`
  return {
    kind: 'APP_LAUNCH',
    ref: `${session.consentId}:app`,
    title: TEXTS[session.language].appTitle,
    instructions: TEXTS[session.language].appInstructions,
    expiresAt: null,
    fallbackUrl: null,
    universalLink: `https://app.bankid.com/?${query}`,
    appLink: `bankid:///?${query}`,
    autoStartToken: token,
    hint,
  }
}

const toQr = (session: Session, frame: Frame, rest: Pick<QrChallenge, 'launch' | 'hint' | 'scanned'>): QrChallenge => {
  const shown: QrFrame = { text: frame.text, sequence: frame.sequence, validUntil: new Date(frame.validUntil) }
  return {
    kind: 'QR',
    ref: `${session.consentId}:qr`,
    title: TEXTS[session.language].qrTitle,
    instructions: TEXTS[session.language].qrInstructions,
    expiresAt: null,
    fallbackUrl: null,
    frame: shown,
    ...rest,
  }
}

/** Numbers go on where the provider starts another order, whose own seconds begin anew. */
const nextFrame = (last: Frame | null, text: string, validUntil: Date): Frame =>
  last?.text === text
    ? last
    : { text, sequence: last === null ? 0 : last.sequence + 1, validUntil: validUntil.toISOString() }

export interface Shown {
  /** Null: nothing that a person could do was said. */
  readonly challenge: Challenge | null
  readonly frame: Frame | null
}

/**
 * What the person does now. Once a code was shown and the provider gives none any more, the app has it: the last frame
 * stays, marked as scanned.
 *
 * @param frameUntil until when a frame that came just now can be scanned
 */
export const toChallenge = (session: Session, instructions: Instructions, frameUntil: Date): Shown => {
  const { qrText, autoStartToken, hintCode } = readInstructions(instructions)
  const meaning = toHint(hintCode)
  const hint = meaning?.text[session.language] ?? null
  const launch = autoStartToken === null ? null : toLaunch(session, autoStartToken, hint)
  if (qrText === null && session.frame === null) return { challenge: launch, frame: null }
  const frame = qrText === null ? session.frame : nextFrame(session.frame, qrText, frameUntil)
  const scanned = qrText === null || (meaning?.scanned ?? false)
  return { challenge: frame && toQr(session, frame, { launch, hint, scanned }), frame }
}
