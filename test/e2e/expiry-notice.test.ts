import { expect, test } from 'vitest'
import { fourWays, openScene } from './four-ways.ts'

const DAY_MS = 86_400_000

interface Notice {
  readonly __typename: string
  readonly daysLeft?: number
}

const EVENTS = `subscription ($filter: ConsentStreamFilter) { consentEvents(filter: $filter) {
  __typename ... on ConsentExpiringSoon { daysLeft }
} }`

test('a consent is announced to end on the days that are configured, once each', async () => {
  await using scene = await openScene({ env: { EXPIRY_NOTICE_DAYS: '3,20' } })
  const [, redirect] = fourWays()
  await scene.createUser('anna')
  const { consentId, simulator } = await scene.connect('anna', redirect)
  const { consent } = await scene.gateway.graphql<{ consent: { expiresAt: string } }>(
    'query ($id: ID!) { consent(id: $id, maxAgeSeconds: 1000) { expiresAt } }',
    { id: consentId },
  )
  const stream = scene.gateway
    .live()
    .subscribe<{ consentEvents: Notice }, 'consentEvents'>('consentEvents', EVENTS, { filter: { consentId } })
  await stream.next()
  const isNotice = ({ __typename }: Notice): boolean => __typename === 'ConsentExpiringSoon'
  const until = (days: number): number => Date.parse(consent.expiresAt) - days * DAY_MS - Date.now()
  await simulator.advance(until(19))
  expect(await stream.until(isNotice)).toMatchObject({ daysLeft: 20 })
  await simulator.advance(18 * DAY_MS)
  expect(await stream.until(isNotice)).toMatchObject({ daysLeft: 3 })
})
