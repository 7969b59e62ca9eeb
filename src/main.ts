import { keepCompiledCode } from './compiled-code.ts'

keepCompiledCode()
await import('./process.ts')
