/** Begins what Holdfast makes or takes away in a pool of files, or keeps there for a while. */
export const UNFINISHED = '.holdfast-'

/** The mark of a pool of files. */
export const MARK = 'holdfast-pool.json'
export const TRASH = 'trash'

/** Is it ours, so that nothing of others gets this name in the pool itself? Layout: `lib/volume-engines/image-files`. */
export function isOwnName(name: string): boolean {
  return name.startsWith(UNFINISHED) || name === MARK || name === TRASH || /^vol_[0-9a-z]{26}$/.test(name)
}
