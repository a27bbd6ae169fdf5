'use client'

import { useQueryClient } from '@tanstack/react-query'
import { FlaskConical, type LucideIcon, Network, Pencil, RefreshCw, Trash2, Unplug, Waypoints } from 'lucide-react'
import { toast } from 'sonner'
import { useTestBackends } from '@/components/backends/use-backend-actions'
import { problemOf } from '@/components/data/problem-note'
import { mountOne } from '@/components/data/queries'
import { type PaletteOrder, usePalette } from '@/components/layout/palette-context'
import type { PaletteSection } from '@/components/layout/palette-lines'
import { parseVerb, type Verb, type VerbEntry, verbEntries } from '@/components/layout/palette-verbs'
import { usePerson } from '@/components/layout/person'
import { useSearch } from '@/components/layout/use-search'
import { usesPath } from '@/components/uses/kinds'
import type { SearchGroup, SearchHit } from '@/lib/search/schema'

const ICONS: Record<Verb, LucideIcon> = {
  mount: Waypoints,
  unmount: Unplug,
  retry: RefreshCw,
  test: FlaskConical,
  edit: Pencil,
  delete: Trash2,
  uses: Network,
}

/** More than are offered: of some there is nothing to do. */
const LOOKED_AT = 30

/** "Unmount archive": what the query asks to be done. It is read before it is made. */
export function useVerbSection(
  query: string,
  { act, go }: { act: (action: () => void) => void; go: (href: string) => void },
): { sections: PaletteSection[]; isPending: boolean } {
  const { permissions } = usePerson()
  const { order } = usePalette()
  const { mutate: test } = useTestBackends()
  const client = useQueryClient()
  const parsed = parseVerb(query, permissions)
  const { groups, isPending } = useSearch(parsed?.rest ?? '', { limit: LOOKED_AT, enabled: parsed !== null })
  const entries = verbEntries(
    query,
    { mounts: hitsOf(groups, 'mount'), backends: hitsOf(groups, 'backend') },
    permissions,
  )

  function orderOf(verb: Extract<PaletteOrder, { noun: 'mount' }>['verb'], id: string) {
    client.fetchQuery(mountOne(id)).then(
      (mount) => order({ noun: 'mount', verb, mount }),
      (error) => toast.error(problemOf(error).detail),
    )
  }
  function run({ verb, target }: VerbEntry<SearchHit>) {
    const { id, name } = target.one
    if (verb === 'uses') return go(usesPath({ of: id }))
    if (target.noun === 'mount') {
      if (verb === 'test' || verb === 'edit') return
      return act(() => orderOf(verb === 'retry' ? 'sync' : verb, id))
    }
    if (verb === 'edit') return go(`/backends/${id}/edit`)
    if (verb === 'test') return act(() => test({ ids: [id], watch: true }))
    act(() => order({ noun: 'backend', verb: 'delete', backend: { id, name } }))
  }

  const lines = entries.map((entry) => ({
    value: `${entry.verb} ${entry.target.one.id}`,
    icon: ICONS[entry.verb],
    label: (
      <>
        {entry.label} <span className="font-medium">{entry.target.one.name}</span>
      </>
    ),
    aside: entry.target.noun,
    onSelect: () => run(entry),
  }))
  return { sections: lines.length === 0 ? [] : [{ heading: 'With these', lines }], isPending }
}

function hitsOf(groups: readonly SearchGroup[], kind: SearchGroup['kind']): readonly SearchHit[] {
  return groups.find((group) => group.kind === kind)?.hits ?? []
}
