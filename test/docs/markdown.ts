/** A fenced block. */
export interface Block {
  readonly language: string
  /** What stands behind the language. */
  readonly info: string
  readonly text: string
  /** Of the fence, from 1. */
  readonly line: number
}

/** The fenced blocks of a page, in order. */
export const blocksOf = (markdown: string): readonly Block[] => {
  const blocks: Block[] = []
  let open: { language: string; info: string; line: number; lines: string[] } | null = null
  for (const [index, text] of markdown.split('\n').entries()) {
    const fence = /^```(\w*) ?(.*)$/.exec(text)
    if (open === null && fence !== null) {
      open = { language: fence[1] ?? '', info: fence[2] ?? '', line: index + 1, lines: [] }
    } else if (open !== null && text === '```') {
      blocks.push({ language: open.language, info: open.info, line: open.line, text: open.lines.join('\n') })
      open = null
    } else open?.lines.push(text)
  }
  if (open !== null) throw new Error(`The block of line ${open.line} has no end.`)
  return blocks
}

/** The page without its blocks. */
export const proseOf = (markdown: string): string => markdown.replaceAll(/^```[^]*?^```$/gm, '')

/** What stands between backticks. */
export const codeSpansOf = (markdown: string): readonly string[] =>
  [...proseOf(markdown).matchAll(/`([^`\n]+)`/g)].map(([, span]) => span ?? '')

/** Addresses of links, without their fragments. */
export const linksOf = (markdown: string): readonly string[] =>
  [...proseOf(markdown).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, address]) => address ?? '')
