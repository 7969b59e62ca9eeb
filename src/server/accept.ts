const EVENT_STREAM = 'text/event-stream'
/** How a router asks to be called back, as a parameter of JSON. */
const CALLBACK = 'callbackspec=1.0'

interface Range {
  readonly type: string
  readonly quality: number
}

const parseRange = (text: string): Range => {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  return { type, quality: quality === undefined ? 1 : Number(quality) || 0 }
}

/** Is an event stream what this caller would rather have than anything else that it names? */
export const prefersEventStream = (accept: string | undefined): boolean => {
  if (accept?.toLowerCase().includes(EVENT_STREAM) !== true) return false
  const ranges = accept.split(',').map(parseRange)
  const wanted = ranges.find(({ type }) => type === EVENT_STREAM)?.quality ?? 0
  // Of equals the first: some clients name it behind JSON in every request.
  const best = ranges.reduce((first, range) => (range.quality > first.quality ? range : first))
  return wanted > 0 && best.type === EVENT_STREAM
}

/** Does this router name an address at which it wants to be called? Some append parameters of their own. */
export const wantsCallback = (accept: string | undefined): boolean =>
  accept
    ?.toLowerCase()
    .split(/[,;]/)
    .some((part) => part.trim() === CALLBACK) === true
