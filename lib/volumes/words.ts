/** `'a', 'b' and 3 more`: a list in a sentence. */
export function sentenceList(names: readonly string[], atMost = 5): string {
  const shown = names.slice(0, atMost)
  const rest = names.length - shown.length
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`
  const last = shown.pop()
  return shown.length === 0 ? (last ?? '') : `${shown.join(', ')} and ${last}`
}
