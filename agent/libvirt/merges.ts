import { CommandError } from '@/lib/drivers/problems/command-error'
import type { DiskJob, ImageMerge, MachineDisk } from '@/lib/volume-engines/contract/machines'

/**
 * `--keep-relative`: images name what they lie on by a name beside them, as they did before, and not by a path of this host. libvirt takes
 * these names from the images.
 */
export function mergeArguments({ machine, target }: MachineDisk, merge: ImageMerge): string[] {
  const disk = ['--domain', machine.uuid, '--path', target]
  if (merge.do === 'commit')
    return ['blockcommit', ...disk, '--top', merge.top, '--base', merge.base, '--keep-relative']
  return ['blockpull', ...disk, ...(merge.base === null ? [] : ['--base', merge.base, '--keep-relative'])]
}

const KINDS: Readonly<Record<string, DiskJob['do']>> = { 'Block Commit': 'commit', 'Block Pull': 'pull' }

/** What `virsh blockjob --info --raw` prints: lines `type=`, `cur=` and `end=`, or nothing where there is no job. */
export function parseJob(text: string): DiskJob | null {
  const value = (name: string) => new RegExp(`^\\s*${name}=(.*?)\\s*$`, 'm').exec(text)?.[1]
  const type = value('type')
  if (type === undefined) return null
  return { do: KINDS[type] ?? 'something else', done: Number(value('cur')), total: Number(value('end')) }
}

/** What virsh says where the machine does not run, or is not known any more. */
export function isNotRunning(error: unknown): boolean {
  return error instanceof CommandError && /failed to get domain|domain is not running/i.test(error.stderr)
}
