'use client'

import { useQuery } from '@tanstack/react-query'
import { hostList } from '@/components/data/queries'
import { type LabelledHost, labelChoices, matchesHost } from '@/components/hosts/host-choice'
import { Button } from '@/components/ui/button'
import { FilterMenu } from '@/components/ui/filter-menu'
import { SearchField } from '@/components/ui/search-field'
import { useUrlParameters } from '@/components/ui/use-url-parameter'

/** A list of more hosts than this can be searched. */
const LONG = 8
const NO_HOSTS: readonly LabelledHost[] = []
const PARAMETERS = ['host', 'label']

/** Of a list by hosts: what its filter leaves, and the filter, for a list that is long. It is kept in the address. */
export function useHostFilter<T extends { host_id: string; host_name: string }>(entries: readonly T[]) {
  const isLong = entries.length > LONG
  const { values, set, clear } = useUrlParameters(PARAMETERS)
  const { data } = useQuery({ ...hostList(), enabled: isLong })
  const [text, label] = isLong ? [values.host ?? '', values.label ?? ''] : ['', '']
  const ids = new Set(entries.map(({ host_id }) => host_id))
  const hosts = (data?.data ?? NO_HOSTS).filter(({ id }) => ids.has(id))
  const labelsOf = new Map(hosts.map((host) => [host.id, host.labels]))
  const shown = entries.filter((entry) => matchesHost(entry.host_name, labelsOf.get(entry.host_id), { text, label }))
  return { shown, isLong, filter: { text, label, choices: labelChoices(hosts), left: shown.length, set, clear } }
}

/** The fields of `useHostFilter`. */
export function HostFilter({ text, label, choices, left, set, clear }: ReturnType<typeof useHostFilter>['filter']) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-2">
      <SearchField label="Search these hosts" query={text} onChange={(next) => set('host', next)} className="md:w-56" />
      {choices.length > 0 && (
        <FilterMenu
          label="Label"
          none={{ label: 'All hosts' }}
          value={label}
          onChange={(next) => set('label', next)}
          choices={choices}
        />
      )}
      {(text !== '' || label !== '') && (
        <>
          <Button variant="ghost" onClick={clear}>
            Reset
          </Button>
          <span className="tabular ml-auto text-12 text-muted" role="status">
            {left === 1 ? '1 host' : `${left} hosts`}
          </span>
        </>
      )}
    </div>
  )
}

/** What stands below a list by hosts: that the filter left none, or how to see those that are not drawn yet. */
export function HostListEnd({
  total,
  shown,
  drawn,
  onAll,
}: {
  total: number
  /** What the filter leaves. */
  shown: number
  drawn: number
  onAll: () => void
}) {
  if (total > 0 && shown === 0) return <p className="px-4 py-3 text-13 text-muted">No host of these is asked for.</p>
  if (drawn >= shown) return null
  return (
    <button
      type="button"
      onClick={onAll}
      className="h-10 w-full border-t border-line text-13 text-muted hover:bg-hover hover:text-ink"
    >
      Show all {shown} hosts
    </button>
  )
}
