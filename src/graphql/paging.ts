import { invalidInput } from '../domain/errors.ts'
import type { Page, PageKey, PageRequest } from '../domain/store.ts'

export const MAX_PAGE = 100

/** @throws GatewayError INVALID_INPUT outside 1 to 100 */
export const toFirst = (first: number | null | undefined, otherwise = 20): number => {
  const asked = first ?? otherwise
  if (asked < 1 || asked > MAX_PAGE) throw invalidInput(`\`first\` is 1 to ${MAX_PAGE}.`, 'first')
  return asked
}

const badCursor = () => invalidInput('This cursor is not one of this list. Start again without `after`.', 'after')

const FORM = /^(-?\d{1,16})\.([a-z]{3}_\w{1,500})$/

export const toCursor = (key: PageKey): string => Buffer.from(`${key.at.getTime()}.${key.id}`).toString('base64url')

/** @throws GatewayError INVALID_INPUT for what this gateway did not write */
export const parseCursor = (cursor: string): PageKey => {
  const match = FORM.exec(Buffer.from(cursor, 'base64url').toString())
  if (match?.[1] === undefined || match[2] === undefined) throw badCursor()
  const key = { at: new Date(Number(match[1])), id: match[2] }
  // Not every number is an instant.
  if (toCursor(key) !== cursor) throw badCursor()
  return key
}

interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

export const toPageRequest = ({ first, after }: PageArguments): PageRequest => ({
  first: toFirst(first),
  after: after == null ? null : parseCursor(after),
})

/** An offset as a cursor, for lists that are made anew with each answer. */
export const toOffset = (after: string | null | undefined): number => {
  if (after == null) return 0
  const match = /^offset\.(\d{1,9})$/.exec(Buffer.from(after, 'base64url').toString())
  if (match?.[1] === undefined) throw badCursor()
  return Number(match[1])
}

export const offsetCursor = (offset: number): string => Buffer.from(`offset.${offset}`).toString('base64url')

interface Edge<Node> {
  readonly cursor: string
  readonly node: Node
}

interface PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[]
  readonly nodes: readonly Node[]
  readonly pageInfo: PageInfo
}

/** Cursors are written where one is asked for, which most operations never do. */
type CursorAt = (index: number) => string

class WrittenEdge<Node> implements Edge<Node> {
  readonly node: Node
  readonly #cursorAt: CursorAt
  readonly #index: number

  constructor(cursorAt: CursorAt, index: number, node: Node) {
    this.#cursorAt = cursorAt
    this.#index = index
    this.node = node
  }

  get cursor(): string {
    return this.#cursorAt(this.#index)
  }
}

class WrittenPageInfo implements PageInfo {
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
  readonly #cursorAt: CursorAt
  readonly #length: number

  constructor(cursorAt: CursorAt, { rows, hasNextPage }: Page<unknown>, hasPreviousPage: boolean) {
    this.#cursorAt = cursorAt
    this.#length = rows.length
    this.hasNextPage = hasNextPage
    this.hasPreviousPage = hasPreviousPage
  }

  get startCursor(): string | null {
    return this.#length === 0 ? null : this.#cursorAt(0)
  }

  get endCursor(): string | null {
    return this.#length === 0 ? null : this.#cursorAt(this.#length - 1)
  }
}

/** @param after the cursor that the page was asked with: something lies before a page that has one */
export const toConnection = <Row, Node>(
  page: Page<Row>,
  after: string | null | undefined,
  cursorOf: (row: Row, index: number) => string,
  nodeOf: (row: Row) => Node,
): Connection<Node> => {
  const nodes = page.rows.map(nodeOf)
  const cursorAt = (index: number): string => cursorOf(page.rows[index] as Row, index)
  return {
    edges: nodes.map((node, index) => new WrittenEdge(cursorAt, index, node)),
    nodes,
    pageInfo: new WrittenPageInfo(cursorAt, page, after != null),
  }
}
