/** Text that comes back as it was stored: lone surrogates become other characters, and PostgreSQL refuses NUL. */
export const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
