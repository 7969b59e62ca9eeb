import type { RequestId } from '../../domain/ids.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import type { Viewer } from '../../domain/viewer.ts'
import type { ServiceContext } from '../context.ts'
import type { Run } from '../idempotency.ts'
import type { Institutions } from '../institutions.ts'
import type { RateLimits } from '../rate-limits.ts'
import { checkNotErasing, type Users } from '../users.ts'
import type { NameEndpoint } from '../webhook/named.ts'
import type { StartInput } from './input.ts'
import type { LaunchAuthorization } from './launch.ts'
import { resolveTarget } from './target.ts'

export type StartAuthorization = (
  viewer: Viewer,
  input: StartInput,
  requestId: RequestId,
  run: Run,
) => Promise<readonly UserFault[]>

export const createStart =
  (
    context: ServiceContext,
    rateLimits: RateLimits,
    users: Users,
    institutions: Institutions,
    launch: LaunchAuthorization,
    nameEndpoint: NameEndpoint,
  ): StartAuthorization =>
  async (viewer, input, requestId, run) => {
    const user = await users.find(viewer, input.user, 'input', 'user')
    run.touched.userId = user.id
    checkNotErasing(user)
    await rateLimits.user(user, 'userStarts')
    const target = await resolveTarget(context, institutions, input.target, requestId)
    const webhookEndpointId = input.webhookUrl === null ? null : await nameEndpoint(viewer, input.webhookUrl)
    return await launch(viewer, { user, target, input, renews: null, webhookEndpointId }, requestId, run)
  }
