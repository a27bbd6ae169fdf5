'use client'

import { useQuery } from '@tanstack/react-query'
import { FlaskConical, type LucideIcon, Pencil, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { backendList, mountList } from '@/components/data/queries'
import { usePalette } from '@/components/layout/palette-context'
import { PaletteEntry, PaletteGroup } from '@/components/layout/palette-parts'
import { type Verb, type VerbEntry, verbEntries } from '@/components/layout/palette-verbs'
import { usePerson } from '@/components/layout/person'
import type { MountView } from '@/lib/mounts/schema'

const ICONS: Record<Verb, LucideIcon> = {
  mount: Waypoints,
  unmount: Unplug,
  retry: RefreshCw,
  test: FlaskConical,
  edit: Pencil,
  delete: Trash2,
}

interface Props {
  query: string
  act: (action: () => void) => void
  go: (href: string) => void
}

/** "Unmount archive": what the query asks to be done. It is read before it is made. */
export function PaletteVerbList({ query, act, go }: Props) {
  const { data: backends } = useQuery(backendList())
  const { data: mounts } = useQuery(mountList())
  const { permissions } = usePerson()
  const { order } = usePalette()
  const { mutate: test } = useTestBackends()
  const things = { mounts: mounts?.data ?? [], backends: backends?.data ?? [] }
  const entries = verbEntries(query, things, permissions)
  if (entries.length === 0) return null
  function run({ verb, target }: VerbEntry<MountView>) {
    if (target.noun === 'mount') {
      if (verb === 'test' || verb === 'edit') return
      return act(() => order({ noun: 'mount', verb: verb === 'retry' ? 'sync' : verb, mount: target.one }))
    }
    if (verb === 'edit') return go(`/backends/${target.one.id}/edit`)
    if (verb === 'test') return act(() => test({ ids: [target.one.id], watch: true }))
    act(() => order({ noun: 'backend', verb: 'delete', backend: target.one }))
  }
  return (
    <PaletteGroup heading="With these">
      {entries.map((entry) => (
        <PaletteEntry
          key={`${entry.verb} ${entry.target.one.id}`}
          icon={ICONS[entry.verb]}
          value={`${entry.verb} ${entry.target.one.id}`}
          // Chosen for this query already: the list must not choose again.
          keywords={[query]}
          aside={entry.target.noun}
          onSelect={() => run(entry)}
        >
          {entry.label} <span className="font-medium">{entry.target.one.name}</span>
        </PaletteEntry>
      ))}
    </PaletteGroup>
  )
}
