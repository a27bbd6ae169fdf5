import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Of names of what is fetched and not finished, which no list shows; see the layout of image files. */
const STAGING = '.holdfast-import-'

/** Below the pool, or below the directory of the agent; ours alone. */
export function stagingOf(operationId: string): string {
  return `${STAGING}${operationId.slice('op_'.length)}`
}

/** Takes away what waits on the disk of this host for operations that nobody knows any more, as after the loss of the journal. */
export function clearImports(directory: string, unfinished: readonly { operationId: string }[]): void {
  if (!existsSync(directory)) return
  const wanted = new Set(unfinished.map(({ operationId }) => stagingOf(operationId)))
  for (const name of readdirSync(directory)) {
    if (name.startsWith(STAGING) && !wanted.has(name)) rmSync(join(directory, name), { recursive: true, force: true })
  }
}
