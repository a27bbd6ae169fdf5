import { LAYER_FILE } from '@/lib/volume-engines/image-files/layout'
import type { SeenFile } from '@/lib/volume-engines/image-files/survey'

const DISK = /^disk(?:_[0-9a-hjkmnp-tv-z]{26})?\.qcow2$/

/** The qcow2 image that a machine writes to, and other names `disk…` beside it. */
export interface LivingDisk {
  name: string
  /**
   * Names that a frozen layer had while it was the disk. The machine that ran then opens it by that name again, so they stay until
   * nothing has the volume open.
   */
  left: string[]
}

/**
 * A snapshot of a running machine leaves what it wrote to under its name and gives the machine another image, `disk_….qcow2`; so the
 * one of them that is no layer is the disk. All are layers only where the disk was just getting a second name: then it is the newest.
 */
export function livingDisk(files: readonly SeenFile[]): LivingDisk {
  const disks = files.filter(({ name }) => DISK.test(name))
  const layers = new Set(files.filter(({ name }) => LAYER_FILE.test(name)).map(({ inode }) => inode))
  const names = disks.filter(({ inode }) => !layers.has(inode)).map(({ name }) => name)
  const candidates = names.length > 0 ? names : disks.map(({ name }) => name)
  const name = candidates.sort().at(-1) ?? 'disk.qcow2'
  return { name, left: disks.flatMap((disk) => (disk.name === name ? [] : [disk.name])) }
}
