/** Of graphql-js 16, and what is left of each. */
const QUOTING = [
  [/( cannot represent [^:]*): .*$/s, '$1.'],
  [/^(Argument ".+?") has invalid value .*$/s, '$1 has an invalid value.'],
  [/^(Expected value of type ".+?"), found .*$/s, '$1.'],
  [/^(Syntax Error: .*?\b(?:Int|Float|String|BlockString)) ".*$/s, '$1.'],
  [/\bValue ".*" does not exist in (".+?" enum)/s, 'Value does not exist in $1'],
] as const
/** A longer message quotes something long, a name or a value; its beginning says what is wrong. */
const MAX_LENGTH = 1000
const VARIABLE = /^(Variable "\$\w+") got invalid value (.*)$/s
/** Everything before the last `; ` is the value, whatever is in it; the place may follow it. */
const REASON = /^.*?( at "[\w.[\]]+")?(; (?:(?!; ).)*)$/s

/**
 * What graphql-js says of a request, without the values that it quotes: one of them may be a code or a personal number,
 * and messages of errors end up in logs.
 */
export const withoutValues = (message: string): string => {
  const isLong = message.length > MAX_LENGTH
  const begun = isLong ? `${message.slice(0, MAX_LENGTH)} ...` : message
  const text = QUOTING.reduce((said, [pattern, rest]) => said.replace(pattern, rest), begun)
  const [, variable, rest = ''] = VARIABLE.exec(text) ?? []
  if (variable === undefined) return text
  const [, place = '', reason = '.'] = isLong ? [] : (REASON.exec(rest) ?? [])
  return `${variable} has an invalid value${place}${reason}`
}
