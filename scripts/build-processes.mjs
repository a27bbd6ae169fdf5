// Bundles the control plane's own processes, so that each starts from a few files; packages stay in node_modules.

import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
await build({
  absWorkingDir: root,
  entryPoints: {
    supervisor: 'lib/supervisor/main.ts',
    controller: 'lib/controller/main.ts',
    web: 'lib/web/main.ts',
    cli: 'lib/cli/main.ts',
  },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
  // `server-only` is a guard for browser bundles; in a Node process there is nothing to guard.
  alias: { 'server-only': './scripts/empty.mjs' },
})
