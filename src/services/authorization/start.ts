import { GatewayError } from '../../domain/errors.ts'
import type { RequestId } from '../../domain/ids.ts'
import type { UserFault } from '../../domain/user-fault.ts'
import type { Viewer } from '../../domain/viewer.ts'
import type { ServiceContext } from '../context.ts'
import type { Run } from '../idempotency.ts'
import type { Institutions } from '../institutions.ts'
import { checkNotErasing, type Users } from '../users.ts'
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
    users: Users,
    institutions: Institutions,
    launch: LaunchAuthorization,
  ): StartAuthorization =>
  async (viewer, input, requestId, run) => {
    const user = await users.find(viewer, input.user, 'input', 'user')
    run.touched.userId = user.id
    checkNotErasing(user)
    if (input.webhookUrl !== null) {
      throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
        message: 'Webhooks are not available in this version. Leave `webhookUrl` out and subscribe to `consentEvents`.',
        path: ['input', 'webhookUrl'],
      })
    }
    const target = await resolveTarget(context, institutions, input.target, requestId)
    return launch(viewer, { user, target, input, renews: null }, requestId, run)
  }
