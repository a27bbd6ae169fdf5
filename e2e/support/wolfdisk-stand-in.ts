import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Guest } from '@/e2e/support/lab'

const DIRECTORY = '/opt/wolfdisk-stand-in'
/** The agent's own, so it must be installed before the stand-in runs. */
const NODE = '/usr/local/lib/holdfast-agent/node'
const SOURCES = ['testing/drivers/wolfdisk/stand-in.ts', 'testing/agent/hang-fs.ts']

function localPath(source: string): string {
  return fileURLToPath(new URL(`../../${source}`, import.meta.url))
}

/** Puts the stand-in where the agent looks for the real program: see the driver's README for what that does not prove. */
export async function installWolfdiskStandIn(guest: Guest): Promise<void> {
  await guest.ok(`mkdir -p ${DIRECTORY}`)
  // As JavaScript, and with its help in the shell: Node takes longer to start in an emulated guest than the real program may.
  const built = await build({ entryPoints: SOURCES.map(localPath), format: 'esm', outdir: '/', write: false })
  for (const { path, text } of built.outputFiles) {
    await guest.ok(`cat > ${DIRECTORY}/${path.replace(/.*\/(.*)\.js$/, '$1.mjs')}`, { input: text })
  }
  const words = `${NODE} ${DIRECTORY}/stand-in.mjs ${DIRECTORY}/hang-fs.mjs wolfdisk`
  await guest.ok('cat > /usr/local/bin/wolfdisk && chmod 755 /usr/local/bin/wolfdisk', {
    input: `#!/bin/sh\n[ "$1" = --help ] && exec echo 'wolfdisk (stand-in)'\nexec ${words} "$@"\n`,
  })
}
