// `npm run -s holdfast -- <verb>`: the local command line, on the pinned Node.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { ensureInstalled, pinnedNode, root, toolEnv } from './install.mjs'

try {
  ensureInstalled()
} catch (error) {
  console.error(`holdfast: ${error.message}`)
  process.exit(1)
}
const cli = path.join(root, 'dist/cli.mjs')
if (!existsSync(cli)) {
  spawnSync(pinnedNode, ['scripts/build-processes.mjs'], { cwd: root, stdio: ['ignore', 2, 2], env: toolEnv() })
}
const result = spawnSync(pinnedNode, [cli, ...process.argv.slice(2)], { stdio: 'inherit', env: toolEnv() })
process.exit(result.status ?? 1)
