import { createHash } from 'node:crypto'
import { ID_PREFIXES, type IdKind } from '@/lib/ids'

/** A real id for a name in a test: the same each time, and another one for each name. */
export function testId(kind: IdKind, name: string | number): string {
  const digits = createHash('sha256').update(String(name)).digest('hex').slice(0, 26)
  return `${ID_PREFIXES[kind]}_${digits}`
}
