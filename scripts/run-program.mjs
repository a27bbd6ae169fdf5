// Bundles a program that lies outside of the product and runs it on the pinned Node; used by bench.mjs and soak.mjs.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { pinnedNode, root, toolEnv } from './install.mjs'

export function runProgram(name, entry, args) {
  const bundle = path.join(root, 'dist', `${name}.mjs`)
  const options = { cwd: root, stdio: 'inherit', env: toolEnv() }
  execFileSync(
    pinnedNode,
    [
      'node_modules/esbuild/bin/esbuild',
      entry,
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--packages=external',
      `--outfile=${bundle}`,
      '--log-level=warning',
      '--alias:server-only=./scripts/empty.mjs',
    ],
    options,
  )
  execFileSync(pinnedNode, [bundle, ...args], options)
}
