const WELL_FORMED = /^[A-Za-z0-9][A-Za-z0-9._:-]{7,127}$/

/** The caller's own `X-Request-Id` where it is well formed, so that one id follows a request through every system. */
export const requestIdOf = (given: string | readonly string[] | undefined, mint: () => string): string =>
  typeof given === 'string' && WELL_FORMED.test(given) ? given : mint()
