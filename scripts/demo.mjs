// `npm run demo`: installs and builds like `npm start`, then runs the product over simulated hosts (demo/) until Ctrl-C.
import { execFileSync, spawn } from 'node:child_process'
import path from 'node:path'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

const bundle = path.join(root, 'dist/demo.mjs')
try {
  ensureInstalled()
  ensureBuilt()
  execFileSync(
    pinnedNode,
    [
      'node_modules/esbuild/bin/esbuild',
      'demo/main.ts',
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
} catch (error) {
  console.error(`holdfast: ${error.message}`)
  process.exit(1)
}
const child = spawn(pinnedNode, ['--max-semi-space-size=4', bundle, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  // A group of its own: Ctrl-C reaches it once, through this process.
  detached: true,
  env: toolEnv({ NODE_ENV: 'production' }),
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)))
