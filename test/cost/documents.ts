/** What is counted, as clients would write it. */
export const DOCUMENTS = {
  consent: /* GraphQL */ `
    query Consent($id: ID!, $age: Int) {
      consent(id: $id, maxAgeSeconds: $age) {
        id
        status
        expiresAt
        source {
          outcome
        }
      }
    }
  `,
  consentsOfUser: /* GraphQL */ `
    query ConsentsOfUser($user: UserRef!, $age: Int) {
      user(ref: $user) {
        id
        consents(maxAgeSeconds: $age) {
          nodes {
            id
            status
            expiresAt
          }
          sources {
            outcome
          }
        }
      }
    }
  `,
  dashboard: /* GraphQL */ `
    query Dashboard($user: UserRef!, $age: Int) {
      user(ref: $user) {
        id
        externalId
        consents(first: 20, maxAgeSeconds: $age) {
          nodes {
            id
            status
            primaryAction
            expiresAt
            provider {
              displayName
              health {
                state
              }
            }
            institution {
              name
              logoUrl
            }
            accounts {
              nodes {
                name
                maskedNumber
              }
              source {
                outcome
              }
            }
          }
          sources {
            outcome
          }
        }
      }
    }
  `,
  node: /* GraphQL */ `
    query Node($id: ID!) {
      node(id: $id) {
        id
        ... on Consent {
          status
        }
      }
    }
  `,
  nodes: /* GraphQL */ `
    query Nodes($ids: [ID!]!) {
      nodes(ids: $ids) {
        id
        ... on Consent {
          status
        }
      }
    }
  `,
  entities: /* GraphQL */ `
    query Entities($representations: [_Any!]!) {
      _entities(representations: $representations) {
        ... on Consent {
          id
          status
        }
        ... on User {
          id
          externalId
        }
      }
    }
  `,
  institutions: /* GraphQL */ `
    query Institutions {
      institutions(first: 20) {
        nodes {
          id
          name
          steps
          provider {
            displayName
          }
        }
        pageInfo {
          endCursor
          hasNextPage
        }
      }
    }
  `,
  start: /* GraphQL */ `
    mutation Start($input: StartAuthorizationInput!) {
      startAuthorization(input: $input) {
        authSession {
          id
          sessionStatus
          nextStep {
            id
            kind
            title
          }
        }
        consent {
          id
          status
        }
        userErrors {
          __typename
        }
      }
    }
  `,
  answer: /* GraphQL */ `
    mutation Answer($input: AnswerChallengeInput!) {
      answerChallenge(input: $input) {
        authSession {
          sessionStatus
        }
        consent {
          id
          status
        }
        userErrors {
          __typename
        }
      }
    }
  `,
  revoke: /* GraphQL */ `
    mutation Revoke($input: RevokeConsentInput!) {
      revokeConsent(input: $input) {
        consent {
          status
          revocation {
            state
          }
        }
        userErrors {
          __typename
        }
      }
    }
  `,
  statusChanged: /* GraphQL */ `
    subscription StatusChanged {
      consentStatusChanged {
        to
        consent {
          id
          status
        }
      }
    }
  `,
  consentEvents: /* GraphQL */ `
    subscription ConsentEvents($after: String, $filter: ConsentStreamFilter) {
      consentEvents(after: $after, filter: $filter) {
        __typename
        ... on ConsentEvent {
          cursor
          consent {
            id
            status
          }
        }
        ... on ConsentSnapshot {
          cursor
        }
      }
    }
  `,
} as const
