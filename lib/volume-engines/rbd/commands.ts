import type { RbdPlace } from '@/lib/volume-engines/contract/place'

/** A command of `rbd` or `ceph`, before it is known as whom it is asked. */
export interface Question {
  command: 'rbd' | 'ceph'
  args: readonly string[]
}

export type Where = Pick<RbdPlace, 'pool' | 'namespace'>

const FEATURES = 'layering,exclusive-lock,object-map,fast-diff,deep-flatten'
const JSON_REPORT = ['--format', 'json']
const QUIET = '--no-progress'

function rbd(...args: string[]): Question {
  return { command: 'rbd', args }
}

function inPool({ pool, namespace }: Where): string[] {
  return ['--pool', pool, ...(namespace === '' ? [] : ['--namespace', namespace])]
}

/** In one word each: a name of somebody else's may begin with a hyphen. */
function image(where: Where, name: string, snapshot?: string): string[] {
  return [...inPool(where), `--image=${name}`, ...(snapshot === undefined ? [] : [`--snap=${snapshot}`])]
}

function destination({ pool, namespace }: Where, name: string): string[] {
  return ['--dest-pool', pool, ...(namespace === '' ? [] : ['--dest-namespace', namespace]), `--dest=${name}`]
}

function size(bytes: number): string[] {
  return ['--size', `${bytes}B`]
}

// ---- questions

export const askUsage: Question = { command: 'ceph', args: ['df', ...JSON_REPORT] }
/** The oldest clients that the cluster still lets in. */
export const askOldestClient: Question = { command: 'ceph', args: ['osd', 'get-require-min-compat-client'] }
export const listImages = (where: Where) => rbd('ls', '--long', ...inPool(where), ...JSON_REPORT)
export const listTrash = (where: Where) => rbd('trash', 'ls', ...inPool(where), ...JSON_REPORT)
export const measureAll = (where: Where) => rbd('du', ...inPool(where), ...JSON_REPORT)
export const measure = (where: Where, name: string) => rbd('du', ...image(where, name), ...JSON_REPORT)
export const showImage = (where: Where, name: string) => rbd('info', ...image(where, name), ...JSON_REPORT)
export const showTrashed = (where: Where, imageId: string) =>
  rbd('info', ...inPool(where), '--image-id', imageId, ...JSON_REPORT)
export const listSnapshots = (where: Where, name: string) => rbd('snap', 'ls', ...image(where, name), ...JSON_REPORT)
export const listTrashedSnapshots = (where: Where, imageId: string) =>
  rbd('snap', 'ls', ...inPool(where), '--image-id', imageId, ...JSON_REPORT)
/** Also those in the trash. */
export const listChildren = (where: Where, name: string, snapshot?: string) =>
  rbd('children', '--all', ...image(where, name, snapshot), ...JSON_REPORT)
export const showWatchers = (where: Where, name: string) => rbd('status', ...image(where, name), ...JSON_REPORT)
export const listMeta = (where: Where, name: string) => rbd('image-meta', 'ls', ...image(where, name), ...JSON_REPORT)

// ---- changes

export const createImage = (where: Where, name: string, bytes: number) =>
  rbd('create', ...image(where, name), ...size(bytes), '--image-feature', FEATURES)
export const setMeta = (where: Where, name: string, key: string, value: string) =>
  rbd('image-meta', 'set', ...image(where, name), key, value)
export const removeMeta = (where: Where, name: string, key: string) =>
  rbd('image-meta', 'rm', ...image(where, name), key)
export const removeImage = (where: Where, name: string) => rbd('rm', QUIET, ...image(where, name))
export const renameImage = (where: Where, name: string, to: string) =>
  rbd('rename', ...image(where, name), ...destination(where, to))
/** `rbd` itself refuses to shrink without `--allow-shrink`. */
export const growImage = (where: Where, name: string, bytes: number) =>
  rbd('resize', QUIET, ...image(where, name), ...size(bytes))
export const takeSnapshot = (where: Where, name: string, snapshot: string) =>
  rbd('snap', 'create', QUIET, ...image(where, name, snapshot))
export const removeSnapshot = (where: Where, name: string, snapshot: string) =>
  rbd('snap', 'rm', QUIET, ...image(where, name, snapshot))
export const protectSnapshot = (where: Where, name: string, snapshot: string) =>
  rbd('snap', 'protect', ...image(where, name, snapshot))
export const unprotectSnapshot = (where: Where, name: string, snapshot: string) =>
  rbd('snap', 'unprotect', ...image(where, name, snapshot))
export const cloneImage = (where: Where, name: string, snapshot: string, to: string, format: 1 | 2) =>
  rbd('clone', '--rbd-default-clone-format', String(format), ...image(where, name, snapshot), ...destination(where, to))
export const trashImage = (where: Where, name: string, expiresAt: string) =>
  rbd('trash', 'mv', ...image(where, name), '--expires-at', expiresAt)
export const restoreImage = (where: Where, imageId: string) =>
  rbd('trash', 'restore', ...inPool(where), '--image-id', imageId)
/** `--force`: before the time up to which others may not purge it. */
export const purgeImage = (where: Where, imageId: string) =>
  rbd('trash', 'rm', '--force', QUIET, ...inPool(where), '--image-id', imageId)
export const unprotectTrashed = (where: Where, imageId: string, snapshot: string) =>
  rbd('snap', 'unprotect', ...inPool(where), '--image-id', imageId, `--snap=${snapshot}`)
export const purgeSnapshots = (where: Where, imageId: string) =>
  rbd('snap', 'purge', QUIET, ...inPool(where), '--image-id', imageId)

// ---- long work, with progress

export const flattenImage = (where: Where, name: string) => rbd('flatten', ...image(where, name))
export const rollBack = (where: Where, name: string, snapshot: string) =>
  rbd('snap', 'rollback', ...image(where, name, snapshot))
