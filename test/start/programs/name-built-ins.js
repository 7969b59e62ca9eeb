/**
 * Preloaded: at its end each thread appends to the file BUILT_INS which modules of Node's own it has loaded. JavaScript, since for its types
 * Node would load what is looked for.
 */
import { appendFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

process.on('exit', () => {
  const names = process.moduleLoadList.map((name) => `${isMainThread ? 'main' : 'store'} ${name}\n`)
  appendFileSync(process.env['BUILT_INS'] ?? '', names.join(''))
})
