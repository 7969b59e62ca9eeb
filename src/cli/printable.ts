const NOT_PRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

const escape = (character: string): string => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`

/** On one line, and without what would steer a terminal or turn the direction of writing. */
export const printable = (text: string): string => text.replaceAll(NOT_PRINTABLE, escape)

/** The same for text of several lines. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n')
