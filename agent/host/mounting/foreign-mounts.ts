import type { FstabEntry } from '@/agent/host/mounting/fstab'
import { coveringMount, isWithin, toldEntry } from '@/agent/host/mounting/mountinfo'
import type { ForeignMount, FstabLine } from '@/lib/agent-protocol/messages'
import type { MountEntry } from '@/lib/drivers/contract/driver-host'
import { isOtherStorage } from '@/lib/drivers/mounting/other-types'
import { isSameSource, pathInSource } from '@/lib/drivers/mounting/same-source'
import { tellSource } from '@/lib/drivers/options/hide-secrets'
import { isBind } from '@/lib/drivers/options/system-words'
import { readerOf } from '@/lib/drivers/registry'

/** More than any host has; a longer answer would not fit into one message. */
export const MAX_MOUNTS = 1000

/** Here a mount of a part of the file system is a bind mount, unless a subvolume says so itself. */
const DISKS = new Set(['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'f2fs', 'jfs'])
/** Where the system and container engines make mounts of their own. */
const SYSTEM = [
  '/proc',
  '/sys',
  '/dev',
  '/run',
  '/boot',
  '/efi',
  '/etc',
  '/usr',
  '/var/lib/docker',
  '/var/lib/containers',
  '/var/lib/containerd',
  '/var/lib/kubelet',
  '/var/lib/rancher',
  '/var/lib/nomad',
  '/var/lib/lxc',
  '/var/lib/lxd',
  '/var/lib/incus',
  '/var/lib/machines',
  '/var/snap',
  '/snap',
]
/** Where the kernel mounts by itself what the server has below: other file systems of an export, links of DFS. */
const FAMILIES: Readonly<Record<string, string>> = {
  nfs: 'nfs',
  nfs4: 'nfs',
  cifs: 'cifs',
  smb3: 'cifs',
  ceph: 'ceph',
  afs: 'afs',
}

type Found = Omit<ForeignMount, 'denied'>

export function isForeignStorage(fsType: string): boolean {
  return readerOf(fsType, false) !== undefined || isOtherStorage(fsType)
}

/** What somebody else has mounted, one for each place, without secrets. What is at a place of ours is left out. */
export function foreignIn(entries: readonly MountEntry[], ours: ReadonlySet<string>): Found[] {
  const byId = new Map(entries.map((entry) => [entry.mountId, entry]))
  const found: Found[] = []
  for (const [target, there] of Map.groupBy(entries, (entry) => entry.target)) {
    if (ours.has(target) || SYSTEM.some((tree) => isWithin(target, tree))) continue
    const mounts = there.filter(({ fsType }) => fsType !== 'autofs')
    const entry = mounts.at(-1)
    const trigger = there.find(({ fsType }) => fsType === 'autofs') ?? (entry && triggerAbove(entry, byId))
    if (entry === undefined) {
      if (trigger) found.push(toldTrigger(trigger))
      continue
    }
    const bindOf = isForeignStorage(entry.fsType) ? null : boundDirectory(entries, entry)
    if (bindOf === null && !isForeignStorage(entry.fsType)) continue
    const partOf = cameWith(entry, byId, entries)
    found.push({
      ...told(entry),
      bindOf,
      ...(bindOf === null && isPart(entry, entries) ? { folder: entry.root } : {}),
      isStacked: mounts.length > 1,
      ...(trigger ? { automount: automountOf(trigger) } : {}),
      ...(partOf === null ? {} : { partOf }),
    })
  }
  return found
}

/** The lines of fstab that name storage, without those of places of ours; each with the other lines for its place. */
export function foreignLines(entries: readonly FstabEntry[], ours: ReadonlySet<string>): Omit<FstabLine, 'denied'>[] {
  const lines = Map.groupBy(entries, ({ mountPoint }) => mountPoint)
  return entries
    .filter((entry) => !ours.has(entry.mountPoint) && (isStorageLine(entry.fsType) || isBind(entry.options)))
    .map((entry) => {
      const there = lines.get(entry.mountPoint) ?? []
      const alsoLines = there.map(({ line }) => line).filter((line) => line !== entry.line)
      return alsoLines.length > 0 ? { ...entry, alsoLines } : entry
    })
}

/** A line may name several types, which mount(8) tries one after the other. */
function isStorageLine(fsType: string): boolean {
  return fsType.split(',').some(isForeignStorage)
}

function told(entry: MountEntry) {
  const { target, fsType, source, options, superOptions } = toldEntry(entry)
  return { mountPoint: target, fsType, source, options, superOptions }
}

// ---- automounts ----------------------------------------------------------------------------------------------------------

/** Of a mount of the automount daemon below a directory that it keeps: that directory. */
function triggerAbove(entry: MountEntry, byId: ReadonlyMap<number, MountEntry>): MountEntry | undefined {
  const parent = byId.get(entry.parentId)
  return parent?.fsType === 'autofs' ? parent : undefined
}

function automountOf(trigger: MountEntry): NonNullable<Found['automount']> {
  const isSystemd = /^systemd-\d+$/.test(trigger.source)
  return {
    by: isSystemd ? 'systemd' : 'automount',
    place: trigger.target,
    map: isSystemd ? null : tellSource(trigger.source, 'autofs'),
  }
}

function toldTrigger(trigger: MountEntry): Found {
  return { ...told(trigger), bindOf: null, isStacked: false, automount: automountOf(trigger) }
}

// ---- mounts inside of mounts ---------------------------------------------------------------------------------------------

/** The mount that this one came with: nobody mounted it, and it goes with that. Null: somebody mounted it. */
function cameWith(
  entry: MountEntry,
  byId: ReadonlyMap<number, MountEntry>,
  entries: readonly MountEntry[],
): string | null {
  let outermost: string | null = null
  for (let child = entry; ; ) {
    const parent = byId.get(child.parentId)
    if (parent === undefined || parent === child || !isInside(child, parent)) return outermost
    if (!isOfServer(child, parent) && !isOfBind(child, parent, entries)) return outermost
    outermost = parent.target
    child = parent
  }
}

function isInside(child: MountEntry, parent: MountEntry): boolean {
  return child.target !== parent.target && isWithin(child.target, parent.target)
}

function below(path: string, directory: string): string {
  return directory === '/' ? path : path.slice(directory.length)
}

/** It shows what its parent has at this very path on the server. */
function isOfServer(child: MountEntry, parent: MountEntry): boolean {
  const family = FAMILIES[child.fsType]
  if (family === undefined || family !== FAMILIES[parent.fsType]) return false
  const inside = below(child.target, parent.target)
  const root = parent.root === '/' ? '' : parent.root
  return [`${parent.source}/${inside}`, `${parent.source}/${root}${inside}`].some((path) =>
    isSameSource(path, child.source),
  )
}

/** Its parent is a directory bound elsewhere, and this is what is mounted inside of that directory. */
function isOfBind(child: MountEntry, parent: MountEntry, entries: readonly MountEntry[]): boolean {
  const bound = boundDirectory(entries, parent)
  if (bound === null) return false
  const original = `${bound}${below(child.target, parent.target)}`
  return entries.some(
    (other) => other.target === original && other.device === child.device && other.root === child.root,
  )
}

/**
 * Does it show a folder of its share only, which its source does not name? A share that was mounted with a folder may have its root
 * there, and another mount of the same says so when its root is elsewhere.
 */
function isPart({ fsType, root, source, device }: MountEntry, entries: readonly MountEntry[]): boolean {
  if (root === '/' || !Object.hasOwn(FAMILIES, fsType)) return false
  const hasRoot = entries.some((other) => other.device === device && other.source === source && other.root === '/')
  return hasRoot || pathInSource(source) !== root
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
  const inside = whole.root === '/' ? entry.root : entry.root.slice(whole.root.length)
  const path = whole.target === '/' ? inside : `${whole.target}${inside}`
  // Something mounted over it would hide the directory: then the path shows other content.
  const others = entries.filter((other) => other.mountId !== entry.mountId)
  return coveringMount(others, path)?.mountId === whole.mountId ? path : null
}
