import { CST, Lexer } from 'yaml'

/** Signs and words of a text. 256 KiB of a Compose file as people write them have half of it. */
const MAX_TOKENS = 100_000
/** Collections in each other, and columns before what stands in blocks. A file of Docker Compose has some ten, and twenty. */
const MAX_DEPTH = 100
/** Each is looked for in the whole text. */
export const MAX_ALIASES = 100
/** Aliases times tokens: an alias may merge all keys of the text again. */
const MAX_MERGED = 1_000_000

/**
 * What of a YAML text would take its parser too long, null where nothing does. The parser calls itself for each level, and V8 ends the
 * process, not only the call, where it runs out of stack while it compiles a regular expression: so the depth is counted before.
 */
export function excessIn(text: string): { problem: string; line: number } | null {
  let [tokens, aliases, line] = [0, 0, 1]
  /** Of brackets; and of the line so far, what begins a level in it. */
  let [open, nested] = [0, 0]
  let [isContent, isLineStart] = [false, true]
  for (const token of new Lexer().lex(text)) {
    if (++tokens > MAX_TOKENS) return { problem: 'This YAML has too many keys and values to be read at once.', line }
    const type = isContent ? 'content' : CST.tokenType(token)
    isContent = token === CST.SCALAR && !isContent
    switch (type) {
      case 'newline':
        line++
        nested = 0
        break
      case 'space':
        if (isLineStart && open === 0) nested = token.length
        break
      case 'seq-item-ind':
      case 'explicit-key-ind':
      case 'map-value-ind':
        nested++
        break
      case 'flow-map-start':
      case 'flow-seq-start':
        open++
        break
      case 'flow-map-end':
      case 'flow-seq-end':
        open = Math.max(0, open - 1)
        break
      case 'alias':
        aliases++
        break
      default:
        line += token.split('\n').length - 1
    }
    isLineStart = type === 'newline'
    if (open + nested > MAX_DEPTH) return { problem: 'This YAML is nested too deeply.', line }
    if (aliases > MAX_ALIASES) return { problem: `More than ${MAX_ALIASES} aliases are not read.`, line }
  }
  const isMerging = aliases * tokens > MAX_MERGED
  return isMerging ? { problem: 'This YAML has too many aliases for its length.', line: 1 } : null
}
