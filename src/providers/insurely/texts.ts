import type { Draft } from './sealed.ts'

export type Language = Draft['language']

/** Of a locale such as `sv-SE`: Swedish where it says so, else English. */
export const toLanguage = (locale: string | null): Language => (/^sv\b/i.test(locale ?? '') ? 'sv' : 'en')

export const TEXTS = {
  en: {
    qrTitle: 'Scan the code with BankID',
    qrInstructions: 'Open the BankID app on your phone and scan the code. It changes every second.',
    appTitle: 'Open BankID',
    appInstructions: 'Sign in the BankID app on this device, then come back here.',
  },
  sv: {
    qrTitle: 'Skanna koden med BankID',
    qrInstructions: 'Öppna BankID-appen i mobilen och skanna koden. Den ändras varje sekund.',
    appTitle: 'Öppna BankID',
    appInstructions: 'Skriv under i BankID-appen på den här enheten och kom sedan tillbaka hit.',
  },
} as const satisfies Record<Language, Record<string, string>>

interface Hint {
  /** Has the app taken the order up? */
  readonly scanned: boolean
  readonly text: Readonly<Record<Language, string>>
}

/** BankID's pending hint codes (its `collect`). */
const HINTS = {
  outstandingTransaction: {
    scanned: false,
    text: { en: 'Open the BankID app.', sv: 'Öppna BankID-appen.' },
  },
  noClient: {
    scanned: false,
    text: { en: 'Open the BankID app.', sv: 'Öppna BankID-appen.' },
  },
  started: {
    scanned: true,
    text: { en: 'The app is looking for your BankID.', sv: 'Appen letar efter ditt BankID.' },
  },
  userMrtd: {
    scanned: true,
    text: { en: 'Read your passport or identity card in the app.', sv: 'Läs av pass eller id-kort i appen.' },
  },
  userCallConfirm: {
    scanned: true,
    text: { en: 'Confirm the call in the app.', sv: 'Bekräfta samtalet i appen.' },
  },
  userSign: {
    scanned: true,
    text: { en: 'Enter your security code in the app.', sv: 'Skriv in din säkerhetskod i appen.' },
  },
} as const satisfies Record<string, Hint>

export const HINT_CODES = Object.keys(HINTS) as readonly (keyof typeof HINTS)[]

/** Null for a code that is not known: better no word than a wrong one. */
export const toHint = (code: string | null): Hint | null => {
  const known = HINT_CODES.find((name) => name.toLowerCase() === code?.toLowerCase())
  return known === undefined ? null : HINTS[known]
}
