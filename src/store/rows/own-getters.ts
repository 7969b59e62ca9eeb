/**
 * Descriptors of properties that an object has of its own and that are computed each time they are asked for: a copy of it has
 * their values. As `get` in an object literal, but with the same functions for all objects of a class, which see theirs as `this`.
 *
 * In a literal each object brings functions of its own. V8 makes a hidden class for each of them, in the old generation, and
 * all that they can see lives until the next full collection.
 */
export const ownGetters = <Self>(getters: {
  readonly [Name in keyof Self]?: (this: Self) => Self[Name]
}): PropertyDescriptorMap => {
  const descriptors: PropertyDescriptorMap = {}
  for (const [name, get] of Object.entries(getters)) descriptors[name] = { get: get as () => unknown, enumerable: true }
  return descriptors
}
