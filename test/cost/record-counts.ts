import { measureCosts } from './measure.ts'
import { writeTable } from './table.ts'

writeTable(await measureCosts())
