import { HoldfastError } from '@/lib/errors'

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  // A parser makes blanks of these in an attribute unless they are written so.
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
}
/** What XML 1.0 has no way to write: most control characters, halves of surrogate pairs, and two code points. */
const IMPOSSIBLE = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u

/** A value as it stands in an attribute between single quotes. Throws `invalid_input` for what XML cannot say. */
export function xmlAttribute(value: string): string {
  if (IMPOSSIBLE.test(value)) {
    throw new HoldfastError(
      'invalid_input',
      `XML cannot say ${JSON.stringify(value)}: it has a control character in it.`,
    )
  }
  return value.replace(/[&<>"'\t\n\r]/g, (character) => ENTITIES[character] ?? character)
}

type Attributes = Readonly<Record<string, string | number | null>>

/** One element; attributes that are null are left out, and children stand on lines of their own. */
export function xmlElement(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => ` ${key}='${xmlAttribute(String(value))}'`)
    .join('')
  if (children.length === 0) return `<${name}${written}/>`
  const inside = children.flatMap((child) => child.split('\n')).map((line) => `  ${line}`)
  return [`<${name}${written}>`, ...inside, `</${name}>`].join('\n')
}
