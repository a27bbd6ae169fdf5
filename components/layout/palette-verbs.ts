import type { Permission } from '@/lib/auth/permissions'

export type Verb = 'mount' | 'unmount' | 'retry' | 'test' | 'edit' | 'delete'

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
  { verb: 'delete', label: 'Delete', alike: ['remove'], on: ['mount', 'backend'] },
]

const MAY: Record<'mount' | 'backend', (verb: Verb) => Permission> = {
  mount: () => 'mounts.write',
  backend: (verb) => (verb === 'test' ? 'backends.test' : 'backends.write'),
}

export interface Named {
  id: string
  name: string
}

export interface VerbEntry<Mount extends Named = Named> {
  verb: Verb
  label: string
  target: { noun: 'mount'; one: Mount } | { noun: 'backend'; one: Named }
}

/** So many are offered; more letters find the others. */
const OFFERED = 8

/** Of `unmount archive`: the verbs that its first word may mean, and the rest. Null for a query without a verb. */
function parse(query: string): { rules: VerbRule[]; rest: string } | null {
  const [first = '', ...others] = query.trim().toLowerCase().split(/\s+/)
  if (first.length < 3) return null
  const rules = RULES.filter(({ verb, alike }) => [verb, ...alike].some((word) => word.startsWith(first)))
  return rules.length === 0 ? null : { rules, rest: others.join(' ') }
}

/** What can be done with what, for a query such as `unmount archive`; only what this person may do and what there is to do. */
export function verbEntries<Mount extends Named & { desired_state: 'mounted' | 'unmounted'; removing: boolean }>(
  query: string,
  { mounts, backends }: { mounts: readonly Mount[]; backends: readonly Named[] },
  permissions: readonly string[],
): VerbEntry<Mount>[] {
  const parsed = parse(query)
  if (parsed === null) return []
  const isMeant = ({ name }: Named) => name.toLowerCase().includes(parsed.rest)
  const entries = parsed.rules.flatMap(({ verb, label, on }): VerbEntry<Mount>[] => {
    const may = (noun: 'mount' | 'backend') => on.includes(noun) && permissions.includes(MAY[noun](verb))
    const isUseful = (mount: Mount) =>
      !mount.removing && verb !== (mount.desired_state === 'mounted' ? 'mount' : 'unmount')
    const ofMounts = may('mount') ? mounts.filter((mount) => isMeant(mount) && isUseful(mount)) : []
    const ofBackends = may('backend') ? backends.filter(isMeant) : []
    return [
      ...ofMounts.map((one) => ({ verb, label, target: { noun: 'mount' as const, one } })),
      ...ofBackends.map((one) => ({ verb, label, target: { noun: 'backend' as const, one } })),
    ]
  })
  return entries.slice(0, OFFERED)
}
