import { keepCompiledCode } from './compile-cache.js'

keepCompiledCode()
await import('./process.ts')
