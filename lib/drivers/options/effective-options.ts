import type { MountOption, OptionFacts } from '@/lib/drivers/contract/mount-request'
import { optionOf, optionWord } from '@/lib/drivers/options/mount-options'

/** One option of a mount that is not as asked for. `null`: not among them. */
export interface OptionDifference {
  option: string
  asked: string | null
  effective: string | null
}

/** Of these every mount shows one. */
const ACCESS: readonly string[] = ['ro', 'rw']

/** What the kernel shows when it is in force, so that its absence means something. */
const FLAGS: ReadonlySet<string> = new Set(['noexec', 'nosuid', 'nodev', 'noatime', 'sync'])

/** In force without being asked for, these change what people see. */
const WORTH_TELLING: ReadonlySet<string> = new Set(['noexec', 'noatime', 'sync'])

function byName(options: readonly MountOption[]): Map<string, string> {
  return new Map(options.map((option) => [option.name, optionWord(option)]))
}

/** Words for the same thing, or asked for in such a way that any value is right. */
function isSame({ asked, effective }: OptionDifference, { synonyms = {}, open = [] }: OptionFacts): boolean {
  if (asked === null || effective === null) return false
  return open.includes(asked) || (synonyms[asked]?.includes(effective) ?? false)
}

/**
 * Where the options in force (mountinfo) differ from those asked for, in the words of the kernel for this type. A value that the kernel
 * does not show says nothing, since many are words for the mount helper only; a negotiated one, such as `rsize`, that came out
 * otherwise is told.
 */
export function compareOptions(
  asked: readonly MountOption[],
  effective: string,
  facts: OptionFacts = {},
): OptionDifference[] {
  const shown = byName(effective.split(',').map(optionOf))
  // A read-only file system may be mounted read-write: what counts is that nothing can be written.
  if (shown.has('ro')) shown.delete('rw')
  const wanted = byName(asked)
  const choices = [ACCESS, ...(facts.alternatives ?? [])]
  const isChoice = (name: string) => choices.some((names) => names.includes(name))
  const found: OptionDifference[] = []
  for (const names of choices) {
    const want = names.find((name) => wanted.has(name))
    const have = names.find((name) => shown.has(name))
    if (want !== undefined && have !== undefined && want !== have)
      found.push({ option: want, asked: want, effective: have })
  }
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
  return found.filter((difference) => !isSame(difference, facts))
}
