// `npm run bench [load|bind|dead|agent|rest|sweep|collection|fleet|import|volumes|volumes-api|monitoring|screens …]`: builds the product with the bare comparison routes in it, and measures.
import { ensureBuilt } from './build.mjs'
import { ensureInstalled } from './install.mjs'
import { runProgram } from './run-program.mjs'

ensureInstalled()
process.env.HOLDFAST_BENCH = '1'
ensureBuilt()
runProgram('bench', 'e2e/bench/main.ts', process.argv.slice(2))
