/** `'a', 'b' and 3 more`: a list in a sentence. */
export function sentenceList(names: readonly string[], atMost = 5): string {
  const shown = names.slice(0, atMost)
  const rest = names.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  const last = shown.pop()
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}

/** What is done to a volume, as a title. */
export const WORK_TITLES = {
  create: 'Create volume',
  move: 'Move volume',
  clone: 'Clone volume',
  grow: 'Resize volume',
  snapshot: 'Take snapshot',
  deleteSnapshot: 'Delete snapshot',
  restore: 'Go back to snapshot',
  flatten: 'Flatten volume',
  trash: 'Delete volume',
  untrash: 'Restore volume from the trash',
  purge: 'Delete volume for good',
  adopt: 'Adopt volume',
  export: 'Export volume',
} as const
