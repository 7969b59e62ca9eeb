/** Removals after which the entries are moved, beside as many as there are entries. */
const LEAST_REMOVALS = 64

/**
 * A map that lives long and whose entries do not, such as what is under way. `Map` makes a new table of its entries now and then,
 * and the table before refers to it. Once one such table has been promoted to the old generation, all that follow are kept by
 * it until the next full collection, with whatever was in them: each minor collection then copies what was done with long ago
 * (V8, `OrderedHashTable`). Here the chain of tables is cut in time.
 *
 * What is listed is as it was when it was asked for, whatever comes and goes while it is gone through.
 */
export class TransientMap<Key, Value> {
  #entries = new Map<Key, Value>()
  #removals = 0

  get size(): number {
    return this.#entries.size
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key)
  }

  has(key: Key): boolean {
    return this.#entries.has(key)
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value)
  }

  delete(key: Key): boolean {
    const existed = this.#entries.delete(key)
    if (existed) this.#removals += 1
    if (this.#removals >= LEAST_REMOVALS + this.#entries.size) {
      this.#entries = new Map(this.#entries)
      this.#removals = 0
    }
    return existed
  }

  /** Those of now, in the order in which they came. */
  keys(): readonly Key[] {
    return [...this.#entries.keys()]
  }

  /** Those of now, in the order in which they came. */
  values(): readonly Value[] {
    return [...this.#entries.values()]
  }

  /** Those of now, in the order in which they came. */
  entries(): readonly (readonly [Key, Value])[] {
    return [...this.#entries]
  }

  clear(): void {
    this.#entries = new Map()
    this.#removals = 0
  }
}

/** The same of a set. */
export class TransientSet<Value> {
  readonly #entries = new TransientMap<Value, true>()

  get size(): number {
    return this.#entries.size
  }

  has(value: Value): boolean {
    return this.#entries.has(value)
  }

  add(value: Value): void {
    this.#entries.set(value, true)
  }

  delete(value: Value): boolean {
    return this.#entries.delete(value)
  }

  /** Those of now, in the order in which they came. */
  values(): readonly Value[] {
    return this.#entries.keys()
  }
}
