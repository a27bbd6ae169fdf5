import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** A program of `testing/agent` as one file that Node runs by itself, for tests that kill it. `done` takes it away. */
export async function bundleProcess(name: string): Promise<{ program: string; done(): void }> {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-process-'))
  const program = join(directory, `${name}.mjs`)
  const root = fileURLToPath(new URL('../..', import.meta.url))
  await build({
    entryPoints: [join(root, `testing/agent/${name}.ts`)],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    alias: { '@': root },
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
  return { program, done: () => rmSync(directory, { recursive: true }) }
}
