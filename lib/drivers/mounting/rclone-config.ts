/**
 * A reader of rclone.conf. It reads as rclone 1.60 to 1.71 do (the goconfig library): `key = value` or `key: value`, comments on
 * lines of their own with `#` or `;`, keys in quotes, values in backquotes or three double quotes, a later key wins, and
 * `[name.part]` has the settings of `[name]` that it does not say itself. What rclone would expand (`%(name)s`), and what people
 * mean to go on in the next line (a backslash at the end), is reported and not taken. It never throws; it repeats no value and no
 * line in what it reports, since any of them may be a secret. Pure, so that the browser can use it too.
 */

/** Characters. 1,000 remotes are about 200,000. */
export const MAX_RCLONE_CONFIG_LENGTH = 1_000_000
const MAX_LINES = 50_000
const MAX_LINE_LENGTH = 8192

export interface LineProblem {
  /** 1 is the first line. */
  line: number
  message: string
  /** The setting that it is about, when that is a name that may be shown. */
  key?: string
}

export interface RcloneSetting {
  line: number
  value: string
}

export interface RcloneSection {
  /** Of the line with its name. */
  line: number
  name: string
  settings: ReadonlyMap<string, RcloneSetting>
  /** Lines of this section that were refused, or that say something twice. */
  problems: LineProblem[]
}

export interface RcloneConfig {
  sections: RcloneSection[]
  /** Lines outside of every section, and reasons to refuse the whole text. */
  problems: LineProblem[]
  /** The whole text is refused; `problems` holds the reason. */
  isRefused: boolean
}

const CONTROL = /[\p{Cc}\u2028\u2029]/u
/** How rclone's own settings look. Anything else may be the second half of a secret, and is not repeated. */
const SETTING_NAME = /^[a-z][a-z0-9_]{0,40}$/

export function showableKey(key: string): string | undefined {
  return SETTING_NAME.test(key) ? key : undefined
}

/** A name for people: control characters and what is beyond 100 characters are left out. */
export function showableName(name: string): string {
  const clean = name.replace(/[\p{C}\u2028\u2029]/gu, '').trim()
  return clean.length > 100 ? `${clean.slice(0, 99)}…` : clean
}

function refused(line: number, message: string): RcloneConfig {
  return { sections: [], problems: [{ line, message }], isRefused: true }
}

function wholeTextProblem(text: string): RcloneConfig | null {
  if (text.length > MAX_RCLONE_CONFIG_LENGTH) {
    return refused(1, `The text has more than ${MAX_RCLONE_CONFIG_LENGTH} characters; paste it in parts.`)
  }
  const encrypted = /^[ \t]*RCLONE_ENCRYPT_V(\d+):/m.exec(text)
  if (encrypted) {
    const line = text.slice(0, encrypted.index).split('\n').length
    return refused(
      line,
      'This configuration is encrypted with a password. Decrypt a copy on your own machine with "rclone config show" and paste what it prints.',
    )
  }
  return null
}

interface Pair {
  key: string
  value: string
}

const NO_PAIR = 'This line is neither a section, a comment nor "key = value".'
const OPEN_QUOTE = 'A quote is opened and not closed.'

/** The setting on one line, or what is wrong with the line. */
function readPair(line: string): Pair | string {
  const quote = keyQuoteOf(line)
  const end = quote === '' ? 0 : line.indexOf(quote, quote.length)
  if (end < 0) return OPEN_QUOTE
  const at = line.slice(end).search(/[=:]/) + end
  if (at < end) return NO_PAIR
  const key = quote === '' ? line.slice(0, at).trim() : line.slice(quote.length, end)
  if (key.trim() === '') return 'This line has no name before the "=".'
  const raw = line.slice(at + 1).trim()
  const value = unquote(raw)
  if (value === null) return OPEN_QUOTE
  if (value.endsWith('\\'))
    return 'The value ends with a backslash, which joins it with the next line; write it on one.'
  if (/%\([^)]+\)s/.test(value)) return 'The value refers to another setting with "%("; write it out.'
  return { key, value }
}

function keyQuoteOf(line: string): string {
  if (line.startsWith('"""') && line.length >= 6) return '"""'
  return line.startsWith('"') || line.startsWith('`') ? line.charAt(0) : ''
}

function unquote(raw: string): string | null {
  const quote = raw.startsWith('`') && raw.length >= 2 ? '`' : raw.startsWith('"""') && raw.length >= 6 ? '"""' : ''
  if (quote === '') return raw
  const end = raw.lastIndexOf(quote)
  return end < quote.length ? null : raw.slice(quote.length, end)
}

/** `[wasabi.films]` is asked first, then `[wasabi]`. */
function withInherited(section: RcloneSection, byName: ReadonlyMap<string, RcloneSection>): RcloneSection {
  let { name } = section
  let { settings } = section
  for (let at = name.lastIndexOf('.'); at > 0; at = name.lastIndexOf('.')) {
    name = name.slice(0, at)
    const parent = byName.get(name)
    if (parent === undefined) break
    settings = new Map([...parent.settings, ...settings])
  }
  return settings === section.settings ? section : { ...section, settings }
}

export function parseRcloneConfig(text: string): RcloneConfig {
  const whole = wholeTextProblem(text)
  if (whole) return whole
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  if (lines.length > MAX_LINES) return refused(1, `The text has more than ${MAX_LINES} lines; paste it in parts.`)
  const state: State = { sections: [], problems: [], current: null, isLost: false }
  for (const [index, full] of lines.entries()) {
    const content = full.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    const fault = lineFault(full, content)
    if (content.startsWith('[')) takeHeader(state, index + 1, fault, content)
    else if (!state.isLost) takeLine(state, index + 1, fault ?? readPair(content))
  }
  const byName = new Map(state.sections.map((section) => [section.name, section]))
  const sections = state.sections.map((section) => withInherited(section, byName))
  return { sections, problems: state.problems, isRefused: false }
}

interface Open extends RcloneSection {
  settings: Map<string, RcloneSetting>
}

interface State {
  sections: RcloneSection[]
  problems: LineProblem[]
  current: Open | null
  /** Inside a section whose own line was refused: its settings belong to nothing. */
  isLost: boolean
}

function takeHeader(state: State, line: number, fault: string | null, content: string): void {
  const name = showableName(content.slice(1, -1))
  const message = fault ?? (name === '' ? 'The section has no name.' : null)
  state.isLost = message !== null
  if (message !== null) {
    state.current = null
    state.problems.push({ line, message: `${message} What follows it is left out.` })
    return
  }
  state.current = { line, name, settings: new Map(), problems: [] }
  state.sections.push(state.current)
}

function takeLine(state: State, line: number, pair: Pair | string): void {
  const report = state.current?.problems ?? state.problems
  if (typeof pair === 'string') {
    report.push({ line, message: pair })
  } else if (state.current === null) {
    report.push({ line, message: 'This setting stands before the first [section]; it belongs to no remote.' })
  } else {
    takeSetting(state.current.settings, report, line, pair)
  }
}

function lineFault(full: string, text: string): string | null {
  if (full.length > MAX_LINE_LENGTH) return `The line is longer than ${MAX_LINE_LENGTH} characters.`
  if (CONTROL.test(text.replaceAll('\t', ' '))) return 'The line has a control character, such as NUL.'
  if (text.startsWith('[') && !text.endsWith(']')) return 'The section name is not closed with "]".'
  return null
}

function takeSetting(
  settings: Map<string, RcloneSetting>,
  problems: LineProblem[],
  line: number,
  { key, value }: Pair,
): void {
  const before = settings.get(key)
  if (before !== undefined && before.value !== value) {
    const shown = showableKey(key)
    problems.push({
      line,
      ...(shown === undefined ? {} : { key: shown }),
      message: `This setting is on line ${before.line} too, with another value; the later one counts, as with rclone.`,
    })
  }
  settings.set(key, { line, value })
}
