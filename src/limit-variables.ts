import { type ValuesOf, wholeNumber, type Variables } from './environment.ts'

/** 0 takes a limit away. */
const many = wholeNumber(0, 1_000_000)

export const RATE_LIMIT_VARIABLES = {
  RATE_LIMIT_CLIENT_OPERATIONS: {
    format: many,
    default: '60000',
    meaning: 'Queries, subscriptions and fields of mutations per minute of one API client, its user tokens included.',
  },
  RATE_LIMIT_CLIENT_MUTATIONS: {
    format: many,
    default: '6000',
    meaning: 'Fields of mutations per minute of one API client.',
  },
  RATE_LIMIT_CLIENT_AUTHORIZATIONS: {
    format: many,
    default: '1200',
    meaning: 'Starts, renewals, answers, resends and completions per minute of one API client.',
  },
  RATE_LIMIT_CLIENT_TOKENS: { format: many, default: '3000', meaning: 'User tokens per minute of one API client.' },
  RATE_LIMIT_USER_OPERATIONS: {
    format: many,
    default: '1200',
    meaning: 'Operations per minute with the user tokens of one user.',
  },
  RATE_LIMIT_USER_STARTS: {
    format: many,
    default: '60',
    meaning: 'Starts and renewals per hour for one user, whoever asks.',
  },
  RATE_LIMIT_USER_ANSWERS: {
    format: many,
    default: '120',
    meaning: 'Answers to challenges per hour for one user, whoever answers.',
  },
  RATE_LIMIT_USER_RESENDS: {
    format: many,
    default: '30',
    meaning: 'Resent challenges per hour for one user, whoever asks.',
  },
  RATE_LIMIT_USER_TOKENS: { format: many, default: '600', meaning: 'User tokens per hour for one user.' },
  RATE_LIMIT_FAILED_CREDENTIALS: {
    format: many,
    default: '60',
    meaning:
      'Wrong credentials per minute from one address, counted in each process. One that was good before is let in still.',
  },
} as const satisfies Variables

export const toRateLimits = (values: ValuesOf<typeof RATE_LIMIT_VARIABLES>) => ({
  clientOperations: values.RATE_LIMIT_CLIENT_OPERATIONS,
  clientMutations: values.RATE_LIMIT_CLIENT_MUTATIONS,
  clientAuthorizations: values.RATE_LIMIT_CLIENT_AUTHORIZATIONS,
  clientTokens: values.RATE_LIMIT_CLIENT_TOKENS,
  userOperations: values.RATE_LIMIT_USER_OPERATIONS,
  userStarts: values.RATE_LIMIT_USER_STARTS,
  userAnswers: values.RATE_LIMIT_USER_ANSWERS,
  userResends: values.RATE_LIMIT_USER_RESENDS,
  userTokens: values.RATE_LIMIT_USER_TOKENS,
  failedCredentials: values.RATE_LIMIT_FAILED_CREDENTIALS,
})
