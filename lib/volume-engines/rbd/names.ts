import { idPattern } from '@/lib/ids'

const VOLUME = idPattern('volume')
const SNAPSHOT = idPattern('snapshot')
/** Of a snapshot that holds what a clone of a living volume began with; after it comes the id of the clone. */
const BASE_OF = 'base_of_'

/** The image that carries the mark of the pool. It holds nothing, and two hosts cannot both make it. */
export const MARK_IMAGE = 'holdfast-pool'
/** Keys of image metadata. */
export const POOL_KEY = 'holdfast.pool'
export const VOLUME_KEY = 'holdfast.volume'

export function isVolume(image: string): boolean {
  return VOLUME.test(image)
}

export function isSnapshot(name: string): boolean {
  return SNAPSHOT.test(name)
}

/** Not one that people have asked for, so no list shows it. */
export function baseOf(cloneId: string): string {
  return BASE_OF + cloneId
}
