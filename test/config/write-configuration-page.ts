import { readFileSync, writeFileSync } from 'node:fs'
import { CONFIGURATION_PAGE, renderConfigurationPage } from './configuration-page.ts'

// `--check` writes nothing and fails where the page is stale.
const page = renderConfigurationPage()
if (!process.argv.includes('--check')) {
  writeFileSync(CONFIGURATION_PAGE, page)
} else if (readFileSync(CONFIGURATION_PAGE, 'utf8') !== page) {
  console.error('docs/configuration.md is stale: run `npm run docs:configuration`.')
  process.exitCode = 1
}
