import type { FoundStorage } from '@/lib/attach-targets/contract/target'

/** Lines of `lxc-ls -1`. Names that are no name of a directory are none of LXC either. */
export function parseNames(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((name) => name !== '' && name !== '.' && name !== '..' && !name.includes('/'))
}

const ROOT = 'lxc.rootfs.path = '
const ENTRIES = 'lxc.mount.entry = '

/**
 * What `lxc-info` prints for `lxc.rootfs.path` and `lxc.mount.entry`, asked for in this order: `KEY = VALUE`, where the second value has
 * a line for each entry.
 */
export function parseStorage(text: string): FoundStorage[] {
  const lines = text.split('\n')
  const root = lines.find((line) => line.startsWith(ROOT))?.slice(ROOT.length)
  const first = lines.findIndex((line) => line.startsWith(ENTRIES))
  const entries = first === -1 ? [] : [lines[first]?.slice(ENTRIES.length) ?? '', ...lines.slice(first + 1)]
  return [...rootStorage(root), ...entries.flatMap(entryStorage)]
}

/** `/path`, or `TYPE:/path`; overlays name several, of which the last is written to. */
function rootStorage(value = ''): FoundStorage[] {
  const path =
    value
      .replace(/^[a-z]+:/, '')
      .split(':')
      .at(-1) ?? ''
  return path.startsWith('/') ? [{ kind: 'disk', source: path, name: null, target: '/', isReadOnly: null }] : []
}

/** As a line of fstab, its target relative to the root of the container. Only what shows a path of the host is storage. */
export function entryStorage(entry: string): FoundStorage[] {
  const [source = '', target = '', , options = ''] = entry
    .trim()
    .split(/[ \t]+/)
    .map(unescaped)
  const words = options.split(',')
  const isBind = words.includes('bind') || words.includes('rbind')
  if (!isBind || !source.startsWith('/') || target === '') return []
  const inside = target.startsWith('/') ? target : `/${target}`
  return [{ kind: 'bind', source, name: null, target: inside, isReadOnly: words.includes('ro') }]
}

/** fstab(5): blanks are written as `\040`. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}

/** The other way: only what would end a field, or the line. */
export function escapedField(field: string): string {
  return field.replace(/[\\ \t-\r]/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, '0')}`)
}
