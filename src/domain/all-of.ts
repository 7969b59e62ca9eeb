/** As `Promise.all`, which makes promises of what is there already: where nothing has to be waited for, it is given at once. */
export const allOf = <Value>(
  values: readonly (Value | Promise<Value>)[],
): readonly Value[] | Promise<readonly Value[]> =>
  values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly Value[])
