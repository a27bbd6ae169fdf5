// `npm run soak [-- minutes speed]`: whether memory, open files and the database grow while the product works for hours, in minutes.
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { runProgram } from './run-program.mjs'

ensureInstalled()
ensureBuilt()
try {
  runProgram('soak', 'e2e/soak/main.ts', process.argv.slice(2))
} catch (error) {
  // What it found stands above.
  process.exit(error.status ?? 1)
}
