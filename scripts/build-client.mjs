// Bundles the client that people run on their own computer into one file: dist/client/holdfast.mjs. It needs Node 22 or newer.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
/** It travels alone, and so do the terms of what is in it. */
const notice = `Holdfast ${version}, Apache License 2.0. It contains ws, under these terms:\n\n${readFileSync(path.join(root, 'node_modules/ws/LICENSE'), 'utf8')}`

await build({
  absWorkingDir: root,
  entryPoints: { holdfast: 'client/main.ts' },
  outdir: 'dist/client',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  // What ws can use where somebody has compiled it.
  external: ['bufferutil', 'utf-8-validate'],
  legalComments: 'none',
  logLevel: 'warning',
  // ws is CommonJS, which wants `require`.
  banner: {
    js: `#!/usr/bin/env node\n/*\n${notice}*/\nimport{createRequire}from'node:module';const require=createRequire(import.meta.url);`,
  },
})
