/** One option of a mount that is not as asked for. `null`: not among them. */
export interface OptionDifference {
  option: string
  asked: string | null
  effective: string | null
}

/** Words for mount(8) itself; the kernel never shows them. */
const NOT_OPTIONS = new Set(['remount', 'bind', 'rbind', 'defaults'])

/** What the kernel shows when it is in force, so that its absence means something. */
const FLAGS = new Set(['ro', 'rw', 'noexec', 'nosuid', 'nodev', 'noatime', 'sync', 'soft', 'softerr', 'hard'])

/** Of these the kernel shows one. */
const CHOICES: readonly (readonly string[])[] = [
  ['ro', 'rw'],
  ['hard', 'soft', 'softerr'],
]

/** In force without being asked for, these change what people see. */
const WORTH_TELLING = new Set(['ro', 'noexec', 'noatime', 'sync', 'soft', 'softerr'])

/** The mount options in command lines for people, those of `mount -o`; null when no command has any. */
export function askedOptions(commands: readonly string[]): string[] | null {
  const texts = commands.flatMap((command) => {
    const found = /^mount .*?-o (?:'([^']*)'|(\S+))/.exec(command)
    return found ? [found[1] ?? found[2] ?? ''] : []
  })
  if (texts.length === 0) return null
  return texts
    .flatMap((text) => text.split(','))
    .filter((option) => option !== '' && !NOT_OPTIONS.has(option.split('=')[0] ?? ''))
}

function byName(options: readonly string[]): Map<string, string> {
  return new Map(
    options.map((option) => {
      const at = option.indexOf('=')
      return at < 0 ? [option, option] : [option.slice(0, at), option]
    }),
  )
}

/**
 * Where the options in force (mountinfo) differ from those asked for. A value that the kernel does not show says nothing, since
 * many are words for the mount helper only; a negotiated one, such as `rsize`, that came out otherwise is told.
 */
export function compareOptions(asked: readonly string[], effective: string): OptionDifference[] {
  const shown = byName(effective.split(','))
  // A read-only file system may be mounted read-write: what counts is that nothing can be written.
  if (shown.has('ro')) shown.delete('rw')
  const wanted = byName(asked)
  if (wanted.has('ro')) wanted.delete('rw')
  const found: OptionDifference[] = []
  for (const options of CHOICES) {
    const want = options.find((option) => wanted.has(option))
    const have = options.find((option) => shown.has(option))
    if (want !== undefined && have !== undefined && want !== have)
      found.push({ option: want, asked: want, effective: have })
  }
  const isChoice = (name: string) => CHOICES.some((options) => options.includes(name))
  for (const [name, text] of wanted) {
    if (isChoice(name)) continue
    const have = shown.get(name)
    if (have === undefined ? FLAGS.has(name) : have !== text)
      found.push({ option: name, asked: text, effective: have ?? null })
  }
  for (const [name, text] of shown) {
    if (!isChoice(name) && WORTH_TELLING.has(name) && !wanted.has(name))
      found.push({ option: name, asked: null, effective: text })
  }
  return found
}
