import type { MountEntry } from '@/lib/drivers/contract/driver-host'

function contains(mountPoint: string, path: string): boolean {
  return mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`)
}

/**
 * Where a directory lies: the device, and the path inside its file system, as mountinfo would show a bind mount of it. Null when
 * the table has no root. `path` must have no symbolic links in it, else the answer differs from what the kernel made.
 */
export function locate(path: string, mounts: readonly MountEntry[]): { device: string; root: string } | null {
  // The last of equal depth is the one on top.
  const holder = mounts
    .filter((entry) => contains(entry.target, path))
    .reduce<MountEntry | null>(
      (best, entry) => (best !== null && best.target.length > entry.target.length ? best : entry),
      null,
    )
  if (holder === null) return null
  const inside = holder.target === '/' ? path : path.slice(holder.target.length)
  const root = `${holder.root === '/' ? '' : holder.root}${inside === '/' ? '' : inside}`
  return { device: holder.device, root: root === '' ? '/' : root }
}

/** Does this mount show that directory? */
export function isBindOf(entry: MountEntry, path: string, mounts: readonly MountEntry[]): boolean {
  const others = mounts.filter((other) => other.mountId !== entry.mountId)
  const source = locate(path, others)
  return source !== null && source.device === entry.device && source.root === entry.root
}
