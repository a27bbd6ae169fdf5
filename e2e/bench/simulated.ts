import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { NODE_FLAGS } from '@/lib/supervisor/node-flags.mjs'

/**
 * Runs a program of the benchmarks beside a process full of simulated hosts: `<program> <hosts program> <args…>`. It prints one
 * JSON object, which is returned.
 */
export async function runSimulated<T>(program: string, args: readonly string[]): Promise<T> {
  mkdirSync('dist', { recursive: true })
  // Inside the project, so that the bundles find its packages.
  const directory = mkdtempSync(path.resolve('dist/simulated-'))
  try {
    await build({
      entryPoints: { program, hosts: 'testing/simulated-hosts.ts' },
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
    const files = ['program.mjs', 'hosts.mjs'].map((name) => path.join(directory, name))
    return JSON.parse(
      execFileSync(process.execPath, [...NODE_FLAGS.controller, ...files, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    ) as T
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
