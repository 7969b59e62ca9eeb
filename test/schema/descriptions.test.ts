import { type ASTNode, type DocumentNode, isTypeExtensionNode, Kind, parse, visit } from 'graphql'
import { expect, test } from 'vitest'

import { typeDefs } from '../../src/graphql/type-defs.ts'

const DESCRIBABLE: ReadonlySet<string> = new Set([
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
  Kind.DIRECTIVE_DEFINITION,
  Kind.FIELD_DEFINITION,
  Kind.INPUT_VALUE_DEFINITION,
  Kind.ENUM_VALUE_DEFINITION,
])

/** Dotted names of the elements whose description is missing or is no sentence. */
const undescribed = (document: DocumentNode): readonly string[] => {
  const faults: string[] = []
  const path: string[] = []
  const named = (node: ASTNode): string | null =>
    DESCRIBABLE.has(node.kind) || isTypeExtensionNode(node) ? ('name' in node ? (node.name?.value ?? '') : '') : null
  visit(document, {
    enter: (node) => {
      const name = named(node)
      if (name === null) return
      path.push(name)
      if (!DESCRIBABLE.has(node.kind)) return
      const text = 'description' in node ? (node.description?.value.trim() ?? '') : ''
      if (!/[.?]$/.test(text)) faults.push(path.join('.'))
    },
    leave: (node) => {
      if (named(node) !== null) path.pop()
    },
  })
  return faults
}

test('every type, field, argument, input field, enum value and directive is described in whole sentences', () => {
  expect(undescribed(typeDefs)).toEqual([])
})

test('the check finds what is not described, wherever it stands', () => {
  const faults = undescribed(
    parse(`
      extend type Query { a("Said." b: Int c: Int): Int }
      enum E { F }
      "No full stop" input G { "Said." h: Int }
      "Said." directive @i(j: Int) on FIELD
    `),
  )
  expect(faults).toEqual(['Query.a', 'Query.a.c', 'E', 'E.F', 'G', 'i.j'])
})
