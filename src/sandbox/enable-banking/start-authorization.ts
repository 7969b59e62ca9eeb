import { createHash, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Reply } from '../reply.ts'
import { json } from '../reply.ts'
import type { SimulatorRequest } from '../request.ts'
import type { Aspsp } from './aspsps.ts'
import { findAspsp } from './aspsps.ts'
import { checkPsuHeaders } from './psu-headers.ts'
import { bankFault, Refusal, wrongParameters } from './refusal.ts'
import { accountReference } from './session.ts'
import type { State } from './state.ts'
import { startAuthorization } from './state.ts'

/** Choice: fields that nobody documented are refused, so that a slip of the pen is seen. */
const authRequest = z.strictObject({
  access: z.strictObject({
    valid_until: z.iso.datetime({ offset: true }),
    balances: z.boolean().default(true),
    transactions: z.boolean().default(true),
    accounts: z.array(accountReference).optional(),
  }),
  aspsp: z.strictObject({ name: z.string(), country: z.string() }),
  state: z.string().min(1),
  redirect_url: z.url(),
  psu_type: z.enum(['personal', 'business']).default('personal'),
  auth_method: z.string().optional(),
  credentials: z.record(z.string(), z.string()).optional(),
  credentials_autosubmit: z.boolean().default(true),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .optional(),
  psu_id: z.string().min(1).optional(),
})

type AuthRequest = z.infer<typeof authRequest>

/** Two clocks never agree: the last minute before the maximum is over it already. */
const skewMs = 60_000

export function answerAuth(state: State, request: SimulatorRequest): Reply {
  const asked = parseJson(request, authRequest)
  const aspsp = findAspsp(asked.aspsp.name, asked.aspsp.country)
  if (!aspsp) throw new Refusal(422, 'WRONG_ASPSP_PROVIDED', 'Wrong ASPSP name provided')
  if (!isRegistered(state, asked.redirect_url)) {
    throw new Refusal(422, 'REDIRECT_URI_NOT_ALLOWED', 'Redirect URI is not allowed')
  }
  checkValidity(asked, aspsp, state.clock.now())
  if (!aspsp.psuTypes.includes(asked.psu_type)) throw wrongParameters('PSU type is not supported by the ASPSP')
  checkMethod(asked, aspsp)
  checkPsuHeaders(request, aspsp)
  if (aspsp.quirk === 'DOWN') {
    state.ledger.record('authorization.refused', { aspsp: aspsp.name })
    throw bankFault(state.ledger.count('authorization.refused') % 2 === 1 ? 'object' : 'sentence')
  }

  const authorizationId = randomUUID()
  const psuIdHash = createHash('sha256')
    .update(`${state.application.id}/${asked.psu_id ?? authorizationId}`)
    .digest('hex')
  startAuthorization(state, {
    authorizationId,
    sessionId: null,
    code: null,
    codeExpiresAt: null,
    status: 'PENDING_AUTHORIZATION',
    access: asked.access,
    aspsp: asked.aspsp,
    psuType: asked.psu_type,
    psuIdHash,
    state: asked.state,
    redirectUrl: asked.redirect_url,
    authMethod: asked.auth_method ?? null,
    accounts: [],
    createdAt: state.clock.now(),
    authorizedAt: null,
    closedAt: null,
    endsAt: null,
    failedDeletes: 0,
  })
  if (asked.credentials) state.credentials.set(authorizationId, asked.credentials)
  const url = `${request.origin}/ais/start?sessionid=${authorizationId}`
  return json(200, { url, authorization_id: authorizationId, psu_id_hash: psuIdHash })
}

export function parseJson<T>(request: SimulatorRequest, shape: z.ZodType<T>): T {
  if (!request.headers['content-type']?.startsWith('application/json')) throw wrongParameters('The body is not JSON')
  try {
    return shape.parse(request.json())
  } catch (error) {
    if (error instanceof SyntaxError) throw wrongParameters('The body is not JSON')
    if (!(error instanceof z.ZodError)) throw error
    throw wrongParameters(
      'Wrong request parameters provided',
      error.issues.map(({ path, message }) => ({ loc: path, msg: message })),
    )
  }
}

/** Scheme, host, port and path are registered; the query is the caller's. */
function isRegistered({ redirectUrls }: State, redirectUrl: string): boolean {
  const { origin, pathname } = new URL(redirectUrl)
  return redirectUrls.has(origin + pathname)
}

function checkValidity({ access }: AuthRequest, { maxConsentSeconds }: Aspsp, now: Date): void {
  const validUntilMs = Date.parse(access.valid_until)
  if (validUntilMs <= now.getTime()) throw wrongParameters('Consent validity must be in the future')
  if (validUntilMs > now.getTime() + maxConsentSeconds * 1000 - skewMs) {
    throw wrongParameters(
      `ASPSP does not support consent validity more than ${maxConsentSeconds} seconds in the future`,
    )
  }
}

function checkMethod({ auth_method, credentials, psu_type }: AuthRequest, { authMethods }: Aspsp): void {
  if (auth_method === undefined) {
    if (credentials) throw wrongParameters('Credentials need an authentication method')
    return
  }
  const method = authMethods.find(({ name }) => name === auth_method)
  if (method?.psu_type !== psu_type) throw wrongParameters('Wrong authentication method provided')
  if (!credentials) return
  const known = method.credentials ?? []
  const wrong =
    Object.keys(credentials).some((name) => !known.some((one) => one.name === name)) ||
    known.some(({ name, required, template }) => {
      const value = credentials[name]
      return value === undefined ? required : template !== undefined && !new RegExp(template).test(value)
    })
  if (wrong) throw new Refusal(422, 'WRONG_CREDENTIALS_PROVIDED', 'Wrong credentials provided')
}
