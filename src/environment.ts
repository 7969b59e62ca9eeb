import { readFileSync } from 'node:fs'
import { isIP, isIPv4 } from 'node:net'
import { parseRegisteredAddress } from './domain/return-address.ts'

/** How a variable is written, and what it becomes. */
export interface Format<T> {
  /** Completes "It must be ..."; shown in faults and in the documentation. */
  readonly expects: string
  /** Undefined for text that does not fit. Gets trimmed, non-empty text. */
  parse(text: string): T | undefined
}

export interface Variable<T> {
  readonly format: Format<T>
  readonly meaning: string
  /** As it would be written. Without it the value is null where the variable is not set. */
  readonly default?: string
  /** For the documentation, where there is no one default: what happens without it. */
  readonly otherwise?: string
  readonly unit?: 'ms' | 'seconds' | 'days' | 'bytes'
  /** Where its set is read at all, it must be there. */
  readonly required?: true
  /** Refines a provider; that it is set does not mean that the real one is wanted. */
  readonly tuning?: true
  readonly secret?: true
}

export type Variables = Readonly<Record<string, Variable<unknown>>>

export type ValuesOf<V extends Variables> = {
  readonly [Name in keyof V]: V[Name] extends Variable<infer T>
    ? V[Name] extends { readonly default: string }
      ? T
      : T | null
    : never
}

/** Says nothing of the value: it may be a secret put under the wrong name. */
export interface ConfigFault {
  readonly variable: string
  readonly problem: string
  readonly remedy: string
}

/** Its message names each variable, what is wrong and what to do, one a line; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(({ variable, problem, remedy }) => `  ${variable} ${problem}. ${remedy}`)
    super(['The configuration cannot be used:', ...lines].join('\n'))
    this.faults = faults
  }
}

/**
 * Reads variables and collects what is wrong with them, so that all of it can be told at once.
 * Any variable may come from the file that `<NAME>_FILE` names. An empty or blank one counts as not set.
 */
export interface Environment {
  has(name: string): boolean
  /** Faults are collected, not thrown; a variable with one reads as its default, or as null. */
  read<V extends Variables>(variables: V): ValuesOf<V>
  fault(variable: string, problem: string, remedy: string): void
  readonly faults: readonly ConfigFault[]
}

export const createEnvironment = (env: Readonly<Record<string, string | undefined>>): Environment => {
  const faults: ConfigFault[] = []
  const fault = (variable: string, problem: string, remedy: string): void => {
    faults.push({ variable, problem, remedy })
  }
  const given = (name: string): string | null => env[name]?.trim() || null

  const readText = (name: string): string | null => {
    const text = given(name)
    const path = given(`${name}_FILE`)
    if (path === null) return text
    if (text !== null) {
      fault(name, `is set, and so is ${name}_FILE`, 'Keep one of the two.')
      return null
    }
    try {
      const content = readFileSync(path, 'utf8').trim()
      if (content === '') fault(`${name}_FILE`, 'names an empty file', `Put the value of ${name} into it.`)
      return content || null
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
      fault(`${name}_FILE`, `names a file that cannot be read (${code})`, 'Correct the path or its permissions.')
      return null
    }
  }

  const readOne = <T>(name: string, variable: Variable<T>): T | null => {
    const before = faults.length
    const text = readText(name)
    const value = text === null ? undefined : variable.format.parse(text)
    if (value !== undefined) return value
    if (text !== null) {
      const remedy = variable.default === undefined ? 'Correct it.' : `Correct it, or unset it for ${variable.default}.`
      fault(name, `must be ${variable.format.expects}`, remedy)
    } else if (variable.required === true && faults.length === before) {
      fault(
        name,
        'is missing, while others of its group are set',
        `Set it (${variable.format.expects}), or unset those.`,
      )
    }
    return variable.default === undefined ? null : (variable.format.parse(variable.default) ?? null)
  }

  return {
    faults,
    fault,
    has: (name) => given(name) !== null || given(`${name}_FILE`) !== null,
    read: <V extends Variables>(variables: V) =>
      // The entries are those of `variables`, each parsed by its own format.
      Object.fromEntries(
        Object.entries(variables).map(([name, variable]) => [name, readOne(name, variable)]),
      ) as ValuesOf<V>,
  }
}

/** Values end up in headers: no line breaks or other control characters. */
export const text: Format<string> = {
  expects: 'text on one line',
  parse: (value) => (/\p{Cc}/u.test(value) ? undefined : value),
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

export const flag: Format<boolean> = {
  expects: '`true` or `false`',
  parse: (value) => FLAGS.get(value.toLowerCase()),
}

export const wholeNumber = (min: number, max: number): Format<number> => ({
  expects: `a whole number from ${min} to ${max}`,
  parse: (value) =>
    /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max ? Number(value) : undefined,
})

/** For a limit that 0 switches off. */
export const zeroOrFrom = (min: number, max: number): Format<number> => ({
  expects: `0, or a whole number from ${min} to ${max}`,
  parse: (value) => (value === '0' ? 0 : wholeNumber(min, max).parse(value)),
})

export const oneOf = <Word extends string>(...words: readonly Word[]): Format<Word> => ({
  expects: `one of ${words.map((word) => `\`${word}\``).join(', ')}`,
  parse: (value) => words.find((word) => word === value),
})

const toUrl = (value: string): URL | undefined => {
  const url = URL.parse(value) ?? undefined
  return url === undefined || url.username || url.password || url.search || url.hash ? undefined : url
}

/** An `http` or `https` address without a slash at its end, so that a path can be put behind it. */
export const address: Format<string> = {
  expects: 'an `http` or `https` address without credentials, query and fragment',
  parse: (value) => {
    const url = toUrl(value)
    return url && /^https?:$/.test(url.protocol) ? url.href.replace(/\/+$/, '') : undefined
  },
}

export const origin: Format<string> = {
  expects: 'an origin such as `https://app.example`',
  parse: (value) => {
    const url = toUrl(value)
    return url && /^https?:$/.test(url.protocol) && url.pathname === '/' ? url.origin : undefined
  },
}

/** One address, or all that share its first bits. */
export const network: Format<string> = {
  expects: 'an IP address, or a network such as `10.0.0.0/8`',
  parse: (value) => {
    const [base = '', prefix, ...rest] = value.split('/')
    if (isIP(base) === 0 || rest.length > 0) return undefined
    if (prefix === undefined) return base
    return /^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(base) ? 32 : 128) ? value : undefined
  },
}

/** Where a person may be sent back to. */
export const returnAddress: Format<string> = {
  expects: 'an `https` address without query and fragment, or `http` on loopback',
  parse: (value) => {
    const parsed = parseRegisteredAddress(value)
    return 'url' in parsed ? parsed.url.href : undefined
  },
}

export const listOf = <T>(format: Format<T>): Format<readonly T[]> => ({
  expects: `a comma-separated list, each ${format.expects}`,
  parse: (value) => {
    const items = value.split(',').map((item) => format.parse(item.trim()))
    return items.every((item) => item !== undefined) ? items : undefined
  },
})
