import { readFileSync } from 'node:fs'
import { parseFstab } from '@/agent/host/mounting/fstab'
import { coveringMount, isWithin, parseMountinfoLines, readMountinfoText } from '@/agent/host/mounting/mountinfo'
import type { Handler } from '@/agent/server/handlers'
import type { Agent } from '@/agent/verbs/agent'
import type { ForeignMounts } from '@/lib/agent-protocol/messages'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { ALL_TYPES } from '@/lib/drivers/registry'
import { toHoldfastError } from '@/lib/errors'

const FSTAB = '/etc/fstab'
const MAX_FSTAB = 256 * 1024
/** More than any host has; a longer answer would not fit into one message. */
const MAX_MOUNTS = 1000

/** File systems of which a storage type knows what they are. */
const KNOWN: ReadonlySet<string> = new Set(ALL_TYPES.flatMap(({ existingMounts }) => existingMounts?.fsTypes ?? []))
/** Here a mount of a part of the file system is a bind mount, unless a subvolume says so itself. */
const DISKS = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'jfs'])
/** Where the system and container engines make mounts of their own. */
const SYSTEM = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/boot',
  '/etc',
  '/usr',
  '/var/lib/docker',
  '/var/lib/containers',
  '/snap',
]

/** Storage on this host that somebody else mounted, or that fstab names. Nothing is touched: two files are read. */
export function listForeignMounts(agent: Agent, fstabPath = FSTAB): Handler<'listForeignMounts'> {
  return async () => {
    const ours = new Set(agent.mounts.list().map((mount) => mount.mountPoint))
    const { entries, problems } = parseMountinfoLines(readMountinfoText())
    const fstab = parseFstab(readText(fstabPath))
    const denied = (path: string): string | null => {
      try {
        agent.policy().checkMountPoint(path)
        return null
      } catch (error) {
        return toHoldfastError(error).message
      }
    }
    return {
      mounts: foreignIn(entries, ours)
        .slice(0, MAX_MOUNTS)
        .map((found) => ({ ...found, denied: denied(found.mountPoint) })),
      fstab: fstab.entries
        .filter((entry) => !ours.has(entry.mountPoint) && isStorage(entry.fsType, entry.options))
        .map((entry) => ({ ...entry, denied: denied(entry.mountPoint) })),
      problems: [
        ...problems.map((problem) => ({ file: 'mountinfo' as const, ...problem })),
        ...fstab.problems.map((problem) => ({ file: 'fstab' as const, ...problem })),
      ],
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, MAX_FSTAB)
  } catch {
    // A host without the file has nothing in it.
    return ''
  }
}

function isStorage(fsType: string, options: readonly string[]): boolean {
  return KNOWN.has(fsType) || options.includes('bind') || options.includes('rbind')
}

export function foreignIn(
  entries: readonly MountEntry[],
  ours: ReadonlySet<string>,
): Omit<ForeignMounts['mounts'][number], 'denied'>[] {
  const places = Map.groupBy(entries, (entry) => entry.target)
  const found: Omit<ForeignMounts['mounts'][number], 'denied'>[] = []
  for (const [target, there] of places) {
    const entry = there.at(-1)
    if (entry === undefined || ours.has(target) || SYSTEM.some((tree) => isWithin(target, tree))) continue
    const bindOf = KNOWN.has(entry.fsType) ? null : boundDirectory(entries, entry)
    if (bindOf === null && !KNOWN.has(entry.fsType)) continue
    found.push({
      mountPoint: target,
      fsType: entry.fsType,
      source: entry.source,
      options: entry.options,
      superOptions: entry.superOptions,
      bindOf,
      isStacked: there.length > 1,
    })
  }
  return found
}

/** The directory that a bind mount shows, as a path; null when this is the file system itself, or its place is not mounted. */
function boundDirectory(entries: readonly MountEntry[], entry: MountEntry): string | null {
  if (!DISKS.has(entry.fsType) || entry.target === '/') return null
  if (entry.superOptions.includes(`subvol=${entry.root}`)) return null
  const whole = entries.find(
    (other) =>
      other.mountId !== entry.mountId &&
      other.device === entry.device &&
      other.root !== entry.root &&
      isWithin(entry.root, other.root),
  )
  if (whole === undefined) return null
  const below = whole.root === '/' ? entry.root : entry.root.slice(whole.root.length)
  const path = whole.target === '/' ? below : `${whole.target}${below}`
  // Something mounted over it would hide the directory: then the path shows other content.
  const others = entries.filter((other) => other.mountId !== entry.mountId)
  return coveringMount(others, path)?.mountId === whole.mountId ? path : null
}
