import { LAYER_FILE, SNAPSHOT_FILE } from '@/lib/volume-engines/image-files/layout'
import type { SeenFile } from '@/lib/volume-engines/image-files/survey'

/** Says that the snapshot beside it was deleted. */
const GONE_MARK = /^(snp_[0-9a-hjkmnp-tv-z]{26})\.gone$/

export function goneMark(snapshot: string): string {
  return snapshot.replace(/\.qcow2$/, '.gone')
}

/** Names of images whose snapshot was deleted while a machine ran. What they keep may still be needed. */
export function goneSnapshots(files: readonly SeenFile[]): Set<string> {
  return new Set(files.flatMap(({ name }) => (GONE_MARK.test(name) ? [`${GONE_MARK.exec(name)?.[1]}.qcow2`] : [])))
}

/**
 * Other names of layers, each with the one that stands. A machine that runs writes what the next snapshot keeps into the image of the
 * deleted one, and has it open by that name from then on; so the image gets the name of the next one besides.
 */
export function otherNames(files: readonly SeenFile[], gone: ReadonlySet<string>): Map<string, string> {
  const layers = files.filter(({ name }) => LAYER_FILE.test(name))
  return new Map(
    layers.flatMap(({ name, inode }) => {
      const same = layers.filter((other) => other.inode === inode).map((other) => other.name)
      const stands = same.find((other) => !gone.has(other)) ?? same.sort()[0]
      return stands === undefined || stands === name || !gone.has(name) ? [] : [[name, stands] as const]
    }),
  )
}

/** A layer that no snapshot is. */
export function isHidden(name: string, gone: ReadonlySet<string>): boolean {
  return LAYER_FILE.test(name) && (!SNAPSHOT_FILE.test(name) || gone.has(name))
}
