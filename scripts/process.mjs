// `npm run web` and `npm run controller`: one process of the product alone, for installations on several machines.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { NODE_FLAGS } from '../lib/supervisor/node-flags.mjs'
import { ensureBuilt } from './build.mjs'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

const name = process.argv[2]
try {
  ensureInstalled()
  ensureBuilt()
} catch (error) {
  console.error(`holdfast: ${error.message}`)
  process.exit(1)
}
const child = spawn(pinnedNode, [...NODE_FLAGS[name], `dist/${name}.mjs`], {
  cwd: root,
  stdio: 'inherit',
  env: toolEnv({
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    // As in start.mjs.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(root, 'dist/compile-cache'),
  }),
})
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('exit', (code) => process.exit(code ?? 1))
