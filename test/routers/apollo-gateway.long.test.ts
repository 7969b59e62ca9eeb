import { describe, expect, test } from 'vitest'
import { startApolloGateway } from './router.ts'
import { testRouter } from './router-suite.ts'

testRouter('behind @apollo/gateway', startApolloGateway, (scene) => {
  describe('what may be kept', () => {
    test.each([
      ['the directory', '{ institutions { nodes { id name } } providers { displayName } }', /^max-age=300\b/],
      ['how a provider is doing', '{ providers { health { state } } }', /^no-store$/],
      ['persons', '{ users { nodes { id } } }', /^no-store$/],
      ['persons beside the directory', '{ providers { displayName } users { nodes { id } } }', /^no-store$/],
      ['consents', '{ consents { nodes { id institution { name } } } }', /^no-store$/],
    ])('%s: the router says what the gateway says', async (_, query, expected) => {
      const { headers, errors } = await scene().asking.ask(query)
      expect(errors).toEqual([])
      expect(headers.get('cache-control')).toMatch(expected)
    })
  })
})
