import { buildSubgraphSchema } from '@apollo/subgraph'
import {
  astFromValue,
  BreakingChangeType,
  type DirectiveNode,
  DangerousChangeType,
  DirectiveLocation,
  type DocumentNode,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLArgument,
  type GraphQLInputField,
  GraphQLSchema,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  print,
} from 'graphql'
import { type Applied, appliedIn } from './applied.ts'
import { type Change, changesOfUse, nameOfTag } from './directive-rules.ts'

const GONE = 'Operations that ask for it are refused.'
const ASKED = 'Operations that do not send it are refused.'

const WHY: Readonly<Record<BreakingChangeType, string>> = {
  [BreakingChangeType.TYPE_REMOVED]: GONE,
  [BreakingChangeType.TYPE_CHANGED_KIND]: GONE,
  [BreakingChangeType.TYPE_REMOVED_FROM_UNION]: 'Operations with a fragment on it are refused.',
  [BreakingChangeType.VALUE_REMOVED_FROM_ENUM]: 'Operations that send it are refused.',
  [BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED]: ASKED,
  [BreakingChangeType.IMPLEMENTED_INTERFACE_REMOVED]: 'Operations with a fragment on it are refused.',
  [BreakingChangeType.FIELD_REMOVED]: GONE,
  [BreakingChangeType.FIELD_CHANGED_KIND]: 'Clients read, or send, another type than the one they were made for.',
  [BreakingChangeType.REQUIRED_ARG_ADDED]: ASKED,
  [BreakingChangeType.ARG_REMOVED]: 'Operations that send it are refused.',
  [BreakingChangeType.ARG_CHANGED_KIND]: 'Operations that send the old type are refused.',
  [BreakingChangeType.DIRECTIVE_REMOVED]: GONE,
  [BreakingChangeType.DIRECTIVE_ARG_REMOVED]: GONE,
  [BreakingChangeType.REQUIRED_DIRECTIVE_ARG_ADDED]: ASKED,
  [BreakingChangeType.DIRECTIVE_REPEATABLE_REMOVED]: GONE,
  [BreakingChangeType.DIRECTIVE_LOCATION_REMOVED]: GONE,
}

/** What a client must be ready for anyway. Defaults are compared here, for input fields as well. */
const WORTH_TELLING: ReadonlySet<DangerousChangeType> = new Set([
  DangerousChangeType.VALUE_ADDED_TO_ENUM,
  DangerousChangeType.TYPE_ADDED_TO_UNION,
  DangerousChangeType.IMPLEMENTED_INTERFACE_ADDED,
])

/** Made by the subgraph library, out of @key and @link, which have rules of their own. */
const OF_FEDERATION = /(^|[ .])(_Entity|_Any|_Service|_entities|_service)\b|federation__|link__/

const EXECUTABLE: ReadonlySet<DirectiveLocation> = new Set([
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
])

/** With the directives that an operation can use. Which ones the schema is annotated with, composition reads. */
const asClientsSee = (typeDefs: DocumentNode): GraphQLSchema => {
  const config = buildSubgraphSchema([{ typeDefs }]).toConfig()
  const directives = config.directives.filter(({ locations }) => locations.some((each) => EXECUTABLE.has(each)))
  return new GraphQLSchema({ ...config, directives, assumeValid: true })
}

const changesOfTypes = (before: GraphQLSchema, after: GraphQLSchema): readonly Change[] => [
  ...findBreakingChanges(before, after).map(({ type, description }) => ({ what: description, breaks: WHY[type] })),
  ...findDangerousChanges(before, after)
    .filter(({ type }) => WORTH_TELLING.has(type))
    .map(({ description }) => ({ what: description, breaks: null })),
]

type Input = GraphQLArgument | GraphQLInputField

const inputsOf = (schema: GraphQLSchema): ReadonlyMap<string, Input> =>
  new Map(
    Object.values(schema.getTypeMap()).flatMap((type): [string, Input][] => {
      if (isInputObjectType(type)) {
        return Object.values(type.getFields()).map((field) => [`${type.name}.${field.name}`, field])
      }
      if (!isObjectType(type) && !isInterfaceType(type)) return []
      return Object.values(type.getFields()).flatMap((field) =>
        field.args.map((argument): [string, Input] => [`${type.name}.${field.name}(${argument.name}:)`, argument]),
      )
    }),
  )

const defaultOf = ({ type, defaultValue }: Input): string => {
  const node = defaultValue === undefined ? null : astFromValue(defaultValue, type)
  return node == null ? 'none' : print(node)
}

const changesOfDefaults = (before: GraphQLSchema, after: GraphQLSchema): readonly Change[] => {
  const now = inputsOf(after)
  return [...inputsOf(before)].flatMap(([coordinate, input]) => {
    const same = now.get(coordinate)
    const [was, is] = [defaultOf(input), same === undefined ? '' : defaultOf(same)]
    return same === undefined || was === is
      ? []
      : [
          {
            what: `${coordinate}: the default is now ${is}, and was ${was}.`,
            breaks: 'Operations that leave it out are answered in another way.',
          },
        ]
  })
}

/** Imported or not, it is the same directive. */
const specified = ({ name }: DirectiveNode): string => name.value.replace(/^federation__/, '')

const changesOfDirectives = (before: Applied, after: Applied): readonly Change[] => {
  const isTag = (directive: DirectiveNode): boolean => specified(directive) === 'tag'
  const knownTags = new Set([...before.values()].flat().filter(isTag).map(nameOfTag))
  return [...before].flatMap(([coordinate, was]) => {
    const is = after.get(coordinate)
    // An element that is gone is told as such.
    if (is === undefined) return []
    return [...new Set([...was, ...is].map(specified))].toSorted().flatMap((name) => {
      const ofName = (list: readonly DirectiveNode[]) => list.filter((each) => specified(each) === name)
      return changesOfUse(name, { coordinate, before: ofName(was), after: ofName(is), knownTags })
    })
  })
}

/** From one subgraph to a later one: all that breaks somebody, and some that may surprise somebody. */
export const findChanges = (before: DocumentNode, after: DocumentNode): readonly Change[] => {
  const [was, is] = [asClientsSee(before), asClientsSee(after)]
  const ofTypes = [...changesOfTypes(was, is), ...changesOfDefaults(was, is)]
  return [
    ...ofTypes.filter(({ what }) => !OF_FEDERATION.test(what)),
    ...changesOfDirectives(appliedIn(before), appliedIn(after)),
  ]
}
