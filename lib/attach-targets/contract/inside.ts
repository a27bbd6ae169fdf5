/** What a workload knows a mount by: a path of a container, or the tag of a machine. */
export const INSIDES = ['path', 'tag'] as const
export type Inside = (typeof INSIDES)[number]

/** As long as a tag of virtiofs may be. */
const TAG = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,35}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
const CONTROL = /[\u0000-\u001f\u007f]/
/** What a container cannot start without: the kernel's own, and its root. */
const RESERVED = /^\/(?:proc|sys|dev)?(?:\/|$)/

/** Why this cannot be one; null: it can. */
export function refuseInside(kind: Inside, text: string): string | null {
  if (kind === 'tag')
    return TAG.test(text)
      ? null
      : 'Must be 1 to 36 letters, digits and "_", "." or "-", and begin with a letter or a digit.'
  if (!text.startsWith('/')) return 'Must be a path that begins with "/".'
  if (text.length > 1024 || CONTROL.test(text)) return 'Must be at most 1,024 signs, all of them readable.'
  if (
    text !== '/' &&
    text
      .split('/')
      .slice(1)
      .some((part) => part === '' || part === '.' || part === '..')
  )
    return 'Must be without "//", ".", ".." and a "/" at its end.'
  return RESERVED.test(text) ? 'Must not be "/" or lie in /proc, /sys or /dev.' : null
}
