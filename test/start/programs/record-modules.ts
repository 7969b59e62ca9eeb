/** Preloaded: writes the address of each module that is loaded into the file MODULES, and in which thread. */
import { appendFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const file = process.env['MODULES'] ?? ''
const thread = isMainThread ? 'main' : 'store'

registerHooks({
  load: (url, context, next) => {
    appendFileSync(file, `${thread} ${url}\n`)
    return next(url, context)
  },
})
