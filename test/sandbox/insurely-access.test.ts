import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { apiKey, consentBody, startInsurely, version } from './insurely-client.ts'

describe('credentials', () => {
  it('wants the API key for users and refuses a session there', async () => {
    await using insurely = await startInsurely()
    const { bearer } = await insurely.createUser()
    for (const path of ['/users?externalId=usr_1', '/users/none/consents', '/users/none/collections']) {
      expect((await insurely.send('GET', path, { ...version, ...bearer })).status).toBe(401)
      expect((await insurely.send('GET', path, { ...version, 'authorization-token': 'wrong' })).status).toBe(401)
    }
    expect((await insurely.send('GET', '/users?externalId=usr_1', { ...version, ...apiKey })).status).toBe(200)
  })

  it('wants a session for consents and refuses the API key there', async () => {
    await using insurely = await startInsurely()
    const { bearer, open } = await insurely.createUser()
    const consentId = await open()
    const calls = [
      ['POST', '/consents', consentBody('se-sandbox-bankid')],
      ['GET', '/consents', undefined],
      ['GET', `/consents/${consentId}/status`, undefined],
      ['DELETE', `/consents/${consentId}`, undefined],
    ] as const
    for (const [method, path, body] of calls) {
      expect((await insurely.send(method, path, { ...version, ...apiKey }, body)).status).toBe(401)
    }
    expect((await insurely.send('GET', '/consents', { ...version, ...bearer })).status).toBe(200)
  })

  it('takes either for companies and collections', async () => {
    await using insurely = await startInsurely()
    const { bearer } = await insurely.createUser()
    for (const credential of [apiKey, bearer]) {
      expect((await insurely.send('GET', '/companies/availability', { ...version, ...credential })).status).toBe(200)
    }
    expect((await insurely.send('GET', '/companies/availability', version)).status).toBe(401)
  })

  it('checks the signature and the time of a session', async () => {
    await using insurely = await startInsurely({ sessionSeconds: 60 })
    const { token, userUuid } = await insurely.createUser()
    const [header = '', payload = ''] = token.split('.')
    const forged = createHmac('sha256', 'guess').update(`${header}.${payload}`).digest('base64url')
    const list = (jwt: string) => insurely.send('GET', '/consents', { ...version, Authorization: `Bearer ${jwt}` })
    expect((await list(`${header}.${payload}.${forged}`)).status).toBe(401)
    expect((await list(token)).status).toBe(200)
    insurely.clock.advance(60_000)
    expect((await list(token)).status).toBe(401)
    expect((await insurely.asCustomer('POST', `/users/${userUuid}/sessions`)).body.expiresAt).toBe(
      '2026-03-01T12:02:00.000Z',
    )
  })

  it('shows nobody the consents of another user', async () => {
    await using insurely = await startInsurely()
    const one = await insurely.createUser()
    const two = await insurely.createUser('usr_2')
    const consentId = await one.open()
    expect((await two.call('GET', `/consents/${consentId}/status`)).status).toBe(404)
    expect((await two.call('DELETE', `/consents/${consentId}`)).status).toBe(404)
    expect((await two.call('GET', `/users/${one.userUuid}`)).status).toBe(404)
    expect((await two.call('GET', '/consents')).body).toEqual([])
  })
})

describe('version', () => {
  it('has none of these endpoints without the header', async () => {
    await using insurely = await startInsurely()
    expect((await insurely.send('GET', '/users?externalId=a', apiKey)).status).toBe(404)
    const unknown = await insurely.send('GET', '/users?externalId=a', { ...apiKey, 'Insurely-Version': '2027-01-01' })
    expect(unknown).toMatchObject({ status: 400, body: { errorCode: 'UNKNOWN_VERSION' } })
  })
})

describe('users', () => {
  it('finds by externalId, and nobody by one that is not there', async () => {
    await using insurely = await startInsurely()
    const { userUuid } = await insurely.createUser()
    expect((await insurely.asCustomer('GET', '/users?externalId=usr_1')).body).toMatchObject({ userUuid })
    expect((await insurely.asCustomer('GET', '/users?externalId=usr_2')).status).toBe(404)
  })

  it.each([409, 200] as const)('answers a repeated externalId with %i', async (repeatedExternalId) => {
    await using insurely = await startInsurely({ repeatedExternalId })
    await insurely.createUser()
    expect((await insurely.asCustomer('POST', '/users', { externalId: 'usr_1' })).status).toBe(repeatedExternalId)
    expect(insurely.sandbox.ledger.count('user.created')).toBe(1)
  })

  it('keeps the row of an anonymized user, frees the name and ends the sessions', async () => {
    await using insurely = await startInsurely()
    const { userUuid, call } = await insurely.createUser()
    expect((await insurely.asCustomer('DELETE', `/users/${userUuid}`)).status).toBe(204)
    expect((await insurely.asCustomer('GET', `/users/${userUuid}`)).body).toMatchObject({
      externalId: null,
      anonymized: true,
    })
    expect((await insurely.asCustomer('GET', '/users?externalId=usr_1')).status).toBe(404)
    expect((await insurely.asCustomer('POST', `/users/${userUuid}/sessions`)).status).toBe(404)
    expect((await call('GET', '/consents')).status).toBe(401)
    expect((await insurely.createUser()).userUuid).not.toBe(userUuid)
  })
})
