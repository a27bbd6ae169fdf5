// `npm run bench [load|bind|dead|agent|rest|sweep|fleet|import|volumes|volumes-api|monitoring …]`: builds the product with the bare comparison routes in it, and measures.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

ensureInstalled()
process.env.HOLDFAST_BENCH = '1'
ensureBuilt()
const bundle = path.join(root, 'dist/bench.mjs')
execFileSync(
  pinnedNode,
  [
    'node_modules/esbuild/bin/esbuild',
    'e2e/bench/main.ts',
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--packages=external',
    `--outfile=${bundle}`,
    '--log-level=warning',
    '--alias:server-only=./scripts/empty.mjs',
  ],
  { cwd: root, stdio: 'inherit', env: toolEnv() },
)
execFileSync(pinnedNode, [bundle, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env: toolEnv() })
