import { writeFileSync } from 'node:fs'
import { ERRORS_PAGE, renderErrorsPage } from './errors-page.ts'

writeFileSync(ERRORS_PAGE, renderErrorsPage())
