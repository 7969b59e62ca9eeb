import { startApolloGateway } from './router.ts'
import { testRouter } from './router-suite.ts'

testRouter('behind @apollo/gateway', startApolloGateway)
