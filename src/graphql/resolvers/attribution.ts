import { causedByViewer } from '../../services/audit/cause.ts'
import type { GraphContext } from '../context.ts'

type Resolve = (parent: unknown, args: unknown, context: GraphContext, info: unknown) => unknown

/** Puts what each mutation commits down to who asked for it. */
export const attributed = <Mutations extends object>(mutations: Mutations): Mutations =>
  Object.fromEntries(
    Object.entries(mutations as Readonly<Record<string, Resolve>>).map(([action, resolve]): [string, Resolve] => [
      action,
      (parent, args, context, info) => {
        const { viewer, requestId, caller } = context
        // Refused by the field's own rule.
        if (viewer === null) return resolve(parent, args, context, info)
        return causedByViewer(viewer, { action, requestId, address: caller.ipAddress }, () =>
          resolve(parent, args, context, info),
        )
      },
    ]),
    // The same names, and resolvers that take and answer the same.
  ) as Mutations
