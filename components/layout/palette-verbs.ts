import type { Permission } from '@/lib/auth/permissions'
import { plain } from '@/lib/search/rank'

export type Verb = 'mount' | 'unmount' | 'retry' | 'test' | 'edit' | 'delete' | 'uses'

interface VerbRule {
  verb: Verb
  label: string
  /** Other words that people type for it. */
  alike: readonly string[]
  on: readonly ('mount' | 'backend')[]
}

const RULES: readonly VerbRule[] = [
  { verb: 'unmount', label: 'Unmount', alike: ['umount', 'detach'], on: ['mount'] },
  { verb: 'mount', label: 'Mount', alike: ['attach'], on: ['mount'] },
  { verb: 'retry', label: 'Retry', alike: ['sync', 'repair', 'bring'], on: ['mount'] },
  { verb: 'test', label: 'Test', alike: ['check'], on: ['backend'] },
  { verb: 'edit', label: 'Edit', alike: ['change'], on: ['backend'] },
  { verb: 'uses', label: 'Who uses', alike: ['who', 'breaks', 'depends', 'dies'], on: ['mount', 'backend'] },
  { verb: 'delete', label: 'Delete', alike: ['remove'], on: ['mount', 'backend'] },
]

const MAY: Record<'mount' | 'backend', (verb: Verb) => Permission> = {
  mount: (verb) => (verb === 'uses' ? 'mounts.read' : 'mounts.write'),
  backend: (verb) => (verb === 'uses' ? 'backends.read' : verb === 'test' ? 'backends.test' : 'backends.write'),
}

export interface Named {
  id: string
  name: string
}

/** As the search gives it: of a mount it says what is wanted, so that nobody is offered what is so already. */
export interface Found extends Named {
  desired: 'mounted' | 'unmounted' | 'removing' | null
}

export interface VerbEntry<One extends Found = Found> {
  verb: Verb
  label: string
  target: { noun: 'mount' | 'backend'; one: One }
}

/** So many are offered; more letters find the others. */
const OFFERED = 8

/**
 * Of `unmount archive`: the verbs that its first word may mean, and the rest. Null for a query without a verb, or with none that this
 * person may use.
 */
export function parseVerb(query: string, permissions: readonly string[]): { rules: VerbRule[]; rest: string } | null {
  const [first = '', ...others] = query.trim().toLowerCase().split(/\s+/)
  if (first.length < 3) return null
  const may = ({ verb, on }: VerbRule) => on.some((noun) => permissions.includes(MAY[noun](verb)))
  const rules = RULES.filter((rule) => may(rule) && [rule.verb, ...rule.alike].some((word) => word.startsWith(first)))
  return rules.length === 0 ? null : { rules, rest: others.join(' ') }
}

/** What can be done with what, for a query such as `unmount archive`; only what this person may do and what there is to do. */
export function verbEntries<One extends Found>(
  query: string,
  { mounts, backends }: { mounts: readonly One[]; backends: readonly One[] },
  permissions: readonly string[],
): VerbEntry<One>[] {
  const parsed = parseVerb(query, permissions)
  if (parsed === null) return []
  const isMeant = ({ name }: Named) => plain(name).includes(plain(parsed.rest))
  const entries = parsed.rules.flatMap(({ verb, label, on }): VerbEntry<One>[] => {
    const may = (noun: 'mount' | 'backend') => on.includes(noun) && permissions.includes(MAY[noun](verb))
    const isUseful = ({ desired }: Found) =>
      desired !== 'removing' && verb !== (desired === 'mounted' ? 'mount' : 'unmount')
    const ofMounts = may('mount') ? mounts.filter((mount) => isMeant(mount) && isUseful(mount)) : []
    const ofBackends = may('backend') ? backends.filter(isMeant) : []
    return [
      ...ofMounts.map((one) => ({ verb, label, target: { noun: 'mount' as const, one } })),
      ...ofBackends.map((one) => ({ verb, label, target: { noun: 'backend' as const, one } })),
    ]
  })
  return entries.slice(0, OFFERED)
}
