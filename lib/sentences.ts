/** For a line in a list, which has no room for more. */
export function firstSentence(text: string): string {
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text
}

/** So many are written out. */
const NAMED = 3

/** `a, b, c and 2 more` */
export function namesInShort(names: readonly string[]): string {
  const [last] = names.slice(-1)
  if (names.length <= 1) return last ?? ''
  if (names.length <= NAMED) return `${names.slice(0, -1).join(', ')} and ${last}`
  return `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more`
}
