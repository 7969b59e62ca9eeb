import { GatewayError, invalidInput } from '../../domain/errors.ts'
import type { RequestId } from '../../domain/ids.ts'
import { parseInstitutionId } from '../../domain/institution.ts'
import type { ProviderConnector } from '../../domain/provider.ts'
import type { StepKind } from '../../domain/step.ts'
import { connectorOf } from '../connectors.ts'
import type { ServiceContext } from '../context.ts'
import type { Institutions, ListedInstitution } from '../institutions.ts'
import type { AccessInput, ReturnToInput, StartInput } from './input.ts'

/** Where an authorization is to happen. */
export interface Target {
  readonly connector: ProviderConnector
  /** Null where the person chooses it at the provider. */
  readonly institution: ListedInstitution | null
}

/** @throws GatewayError NOT_FOUND, CAPABILITY_NOT_SUPPORTED, or the provider's fault where its list was never heard */
export const resolveTarget = async (
  { connectors }: ServiceContext,
  institutions: Institutions,
  target: StartInput['target'],
  requestId: RequestId,
): Promise<Target> => {
  if ('provider' in target) {
    return { connector: connectorOf(connectors, target.provider, 'input', 'target', 'provider'), institution: null }
  }
  const path = ['input', 'target', 'institutionId'] as const
  const name = parseInstitutionId(target.institutionId)
  if (name === null) throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path })
  const connector = connectorOf(connectors, name.provider, ...path)
  const institution = await institutions.find(name.provider, name.ref, requestId, 'START')
  if (institution === null) throw new GatewayError('NOT_FOUND', { message: 'No such institution.', path })
  return { connector, institution }
}

export interface Ask {
  readonly access: AccessInput
  readonly returnTo: ReturnToInput | null
  readonly supportedSteps: readonly StepKind[]
  readonly providerOptions: StartInput['providerOptions']
}

/**
 * Refuses what the target cannot do, before anything is stored or sent: never dropped in silence.
 *
 * @throws GatewayError STEP_UNSUPPORTED, CAPABILITY_NOT_SUPPORTED or INVALID_INPUT
 */
export const checkCapabilities = (input: Ask, { connector, institution }: Target): void => {
  const possible = institution?.steps ?? connector.capabilities.steps
  if (!possible.some((step) => input.supportedSteps.includes(step))) {
    throw new GatewayError('STEP_UNSUPPORTED', {
      message: `This institution needs one of: ${possible.join(', ')}.`,
      path: ['input', 'supportedSteps'],
    })
  }
  if (input.access.accountIds !== null && !connector.capabilities.accountSelection) {
    throw new GatewayError('CAPABILITY_NOT_SUPPORTED', {
      message: 'The person chooses the accounts at this provider. Leave `accountIds` out.',
      path: ['input', 'access', 'accountIds'],
    })
  }
  if (input.providerOptions !== null && input.providerOptions.name !== connector.optionsName) {
    throw invalidInput(
      `These options are for another provider; this institution takes \`${connector.optionsName}\`.`,
      'input',
      'providerOptions',
      input.providerOptions.name,
    )
  }
  const redirects = possible.filter((step) => input.supportedSteps.includes(step)).every((step) => step === 'REDIRECT')
  if (redirects && input.returnTo === null) {
    throw invalidInput(
      'This institution sends the person away and back: say where to, in `returnTo.success`.',
      'input',
      'returnTo',
    )
  }
}
