import { z } from 'zod'
import { Bytes, readJson } from '@/lib/ceph/json'

const Parent = z
  .object({
    pool: z.string(),
    pool_namespace: z.string().default(''),
    image: z.string(),
    snapshot: z.string(),
  })
  .transform(({ pool, pool_namespace, image, snapshot }) => ({ pool, namespace: pool_namespace, image, snapshot }))
export type Parent = z.output<typeof Parent>

const Listed = z.array(
  z.object({
    image: z.string(),
    size: Bytes,
    /** Then the entry is a snapshot of the image. */
    snapshot: z.string().optional(),
    parent: Parent.optional(),
    lock_type: z.string().optional(),
  }),
)
const Info = z.object({ name: z.string(), id: z.string(), size: Bytes, parent: Parent.optional() })
const Snapshots = z.array(z.object({ name: z.string(), size: Bytes, protected: z.enum(['true', 'false']).optional() }))
const Usage = z.object({
  images: z.array(z.object({ name: z.string(), snapshot: z.string().optional(), used_size: Bytes })),
})
const Status = z.object({ watchers: z.array(z.object({ address: z.string() })) })
const Trash = z.array(z.object({ id: z.string(), name: z.string() }))
const Children = z.array(z.object({ pool: z.string(), pool_namespace: z.string().default(''), image: z.string() }))
const Meta = z.record(z.string(), z.string())

export interface ListedImage {
  name: string
  sizeBytes: number
  parent: Parent | null
  /** Somebody writes to it. */
  isLocked: boolean
  snapshots: string[]
}

export interface ImageSnapshot {
  name: string
  sizeBytes: number
  isProtected: boolean
}

/** Bytes of an image alone, and of each of its snapshots: what was written since the one before. */
export interface ImageUsage {
  totalBytes: number
  snapshots: Map<string, number>
}

/** `rbd ls --long`: images and their snapshots, one entry each. */
export function parseImages(stdout: string): ListedImage[] {
  const found = new Map<string, ListedImage>()
  const listed = readJson('rbd', 'ls', Listed, stdout)
  for (const { image, size, snapshot, parent = null, lock_type } of listed) {
    if (snapshot !== undefined) continue
    found.set(image, { name: image, sizeBytes: size, parent, isLocked: lock_type !== undefined, snapshots: [] })
  }
  for (const { image, snapshot } of listed) {
    if (snapshot !== undefined) found.get(image)?.snapshots.push(snapshot)
  }
  return [...found.values()]
}

/** `rbd info`. */
export function parseInfo(stdout: string): { name: string; id: string; sizeBytes: number; parent: Parent | null } {
  const { name, id, size, parent = null } = readJson('rbd', 'info', Info, stdout)
  return { name, id, sizeBytes: size, parent }
}

/** `rbd snap ls`, without those that only live on for a clone. */
export function parseSnapshots(stdout: string): ImageSnapshot[] {
  return readJson('rbd', 'snap ls', Snapshots, stdout).map(({ name, size, protected: isProtected }) => ({
    name,
    sizeBytes: size,
    isProtected: isProtected === 'true',
  }))
}

/** `rbd du`, by image. */
export function parseUsage(stdout: string): Map<string, ImageUsage> {
  const found = new Map<string, ImageUsage>()
  for (const { name, snapshot, used_size } of readJson('rbd', 'du', Usage, stdout).images) {
    const usage = found.get(name) ?? { totalBytes: 0, snapshots: new Map() }
    usage.totalBytes += used_size
    if (snapshot !== undefined) usage.snapshots.set(snapshot, used_size)
    found.set(name, usage)
  }
  return found
}

/** `rbd status`: addresses of the clients that have it open. */
export function parseWatchers(stdout: string): string[] {
  return readJson('rbd', 'status', Status, stdout).watchers.map(({ address }) => address)
}

/** `rbd trash ls`. */
export function parseTrash(stdout: string): { id: string; name: string }[] {
  return readJson('rbd', 'trash ls', Trash, stdout)
}

/** `rbd children --all`: each as `pool/namespace/image`, or by its name alone where it is in the same place. */
export function parseChildren(stdout: string, here: { pool: string; namespace: string }): string[] {
  return readJson('rbd', 'children', Children, stdout).map(({ pool, pool_namespace, image }) => {
    if (pool === here.pool && pool_namespace === here.namespace) return image
    return [pool, pool_namespace, image].filter((part) => part !== '').join('/')
  })
}

/** `rbd image-meta ls`, which prints nothing for an image without any. */
export function parseMeta(stdout: string): Record<string, string> {
  return stdout.trim() === '' ? {} : readJson('rbd', 'image-meta ls', Meta, stdout)
}

/** From this release of the clients on, a snapshot needs no protection while clones use it; their names go through the alphabet. */
export const CLONE_V2_SINCE = 'mimic'

/** `ceph osd get-require-min-compat-client`: do all clients that are let in know clones of version 2? */
export function knowsCloneV2(stdout: string): boolean {
  const release = stdout.trim().toLowerCase()
  return /^[a-z]+$/.test(release) && release >= CLONE_V2_SINCE
}

/** `Image flatten: 33% complete...`, as `rbd` draws it over and over in one line. Gives parts of a hundred. */
export function parsePercent(line: string): number | null {
  const last = line.match(/(\d{1,3})% complete/g)?.at(-1)
  return last === undefined ? null : Math.min(100, Number.parseInt(last, 10))
}

/** `    (33.52/100%)`, of `qemu-img convert -p`. */
export function parseConvertPercent(line: string): number | null {
  const last = line.match(/\((\d+(?:\.\d+)?)\/100%\)/g)?.at(-1)
  return last === undefined ? null : Math.min(100, Number.parseFloat(last.slice(1)))
}
