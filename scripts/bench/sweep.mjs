// Sweeps of simulated hosts over mutual TLS: `node scripts/bench/sweep.mjs [hosts] [rounds]`. Prints one JSON object.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
// Inside the project, so that the bundles find its packages.
const directory = mkdtempSync(path.join(root, 'dist', 'bench-'))
try {
  await build({
    absWorkingDir: root,
    entryPoints: { sweep: 'scripts/bench/sweep-process.ts', hosts: 'lib/testing/simulated-hosts.ts' },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    packages: 'external',
    alias: { 'server-only': './scripts/empty.mjs' },
    logLevel: 'warning',
  })
  const args = [path.join(directory, 'sweep.mjs'), path.join(directory, 'hosts.mjs'), ...process.argv.slice(2)]
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
  process.exitCode = status ?? 1
} finally {
  rmSync(directory, { recursive: true, force: true })
}
