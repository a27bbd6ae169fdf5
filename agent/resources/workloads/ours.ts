import type { FoundStorage } from '@/lib/attach-targets/contract/target'

/** A managed mount of this host. */
export interface MountHere {
  mountId: string
  mountPoint: string
}

const VOLUME = 'vol_[0-9a-hjkmnp-tv-z]{26}'
/** As the engines name them: a device of LVM, under either of its names, and an image of Ceph. */
const DEVICE = new RegExp(`^/dev/(?:[^/]+/|mapper/.+-)(${VOLUME})$`)
const IMAGE = new RegExp(`^[^/]+/(?:[^/]+/)?(${VOLUME})$`)
/** Below the mount of a pool of image files: its directory, and a file in it. */
const IMAGE_FILE = new RegExp(`^(${VOLUME})/[^/]+$`)

/**
 * What of ours this is, by its path as the target names it. Nothing is looked at: links on the way are not followed, and what binds a
 * directory above a mount is not counted, since that would be all mounts for whoever binds `/`.
 */
export function oursIn(
  { kind, source }: Pick<FoundStorage, 'kind' | 'source'>,
  mounts: readonly MountHere[],
): { mountId: string | null; volumeId: string | null } {
  const isPath = source?.startsWith('/') === true
  if (source === null || (isPath && /\/\.\.?(?:\/|$)/.test(source))) return { mountId: null, volumeId: null }
  if (!isPath) return { mountId: null, volumeId: kind === 'disk' ? (IMAGE.exec(source)?.[1] ?? null) : null }
  const path = source.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
  const device = DEVICE.exec(path)?.[1]
  if (device !== undefined) return { mountId: null, volumeId: device }
  const mount = mounts
    .filter(({ mountPoint }) => path === mountPoint || path.startsWith(`${mountPoint}/`))
    .toSorted((one, other) => other.mountPoint.length - one.mountPoint.length)[0]
  if (mount === undefined) return { mountId: null, volumeId: null }
  const below = path.slice(mount.mountPoint.length + 1)
  return { mountId: mount.mountId, volumeId: IMAGE_FILE.exec(below)?.[1] ?? null }
}

export function isOnMount(path: string, mounts: readonly MountHere[]): boolean {
  return oursIn({ kind: 'bind', source: path }, mounts).mountId !== null
}
