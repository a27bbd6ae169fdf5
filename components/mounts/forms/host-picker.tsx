'use client'

import { Search } from 'lucide-react'
import { useState } from 'react'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/cn'
import { Status } from '@/components/ui/status'
import type { HostRow } from '@/lib/hosts/schema'
import { hostStatus } from '@/lib/hosts/words'

/** More than this needs a search field. */
const SEARCH_FROM = 8
/** So many are drawn; the rest is found by searching. */
const DRAWN = 100

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** As people look for them: web-2 before web-10. */
export function byName(a: Pick<HostRow, 'name'>, b: Pick<HostRow, 'name'>): number {
  return collator.compare(a.name, b.name)
}

export function HostPicker({
  hosts,
  value,
  onChange,
  describedBy,
  isWrong = false,
}: {
  hosts: readonly HostRow[]
  value: readonly string[]
  onChange: (ids: string[]) => void
  describedBy?: string | undefined
  isWrong?: boolean
}) {
  const [query, setQuery] = useState('')
  const usable = hosts.filter((host) => !host.revoked_at).toSorted(byName)
  const found = usable.filter((host) => host.name.toLowerCase().includes(query.toLowerCase()))
  const chosen = new Set(value)
  const all = found.length > 0 && found.every((host) => chosen.has(host.id))

  function toggle(ids: string[], on: boolean) {
    const next = new Set(value)
    for (const id of ids) {
      if (on) next.add(id)
      else next.delete(id)
    }
    onChange([...next])
  }
  return (
    <fieldset
      className={cn('overflow-hidden rounded-md border', isWrong ? 'border-critical' : 'border-control')}
      aria-describedby={describedBy}
    >
      <legend className="sr-only">Hosts</legend>
      <div className="flex h-9 items-center gap-2.5 border-b border-line bg-sunken px-3 text-13">
        <Checkbox
          label="All hosts"
          checked={all}
          indeterminate={!all && found.some((host) => chosen.has(host.id))}
          onChange={(on) =>
            toggle(
              found.map((host) => host.id),
              on,
            )
          }
        />
        <span className="tabular text-muted">
          {chosen.size} of {usable.length} {usable.length === 1 ? 'host' : 'hosts'}
        </span>
        {usable.length > SEARCH_FROM && (
          <label className="ml-auto flex items-center gap-1.5 text-muted">
            <Search aria-hidden className="size-3.5" />
            <span className="sr-only">Search hosts</span>
            <input
              type="search"
              value={query}
              onChange={(event) => setQuery(event.target.value)}
              placeholder="Search hosts"
              className="w-32 bg-transparent text-13"
            />
          </label>
        )}
      </div>
      <ul className="max-h-64 overflow-y-auto py-1">
        {found.slice(0, DRAWN).map((host) => (
          <li key={host.id} className="flex h-9 items-center gap-2.5 px-3 text-13 hover:bg-hover">
            <Checkbox label={host.name} checked={chosen.has(host.id)} onChange={(on) => toggle([host.id], on)} />
            <span className="min-w-0 flex-1 truncate">{host.name}</span>
            <Status {...hostStatus(host)} className="text-12" />
          </li>
        ))}
        {found.length > DRAWN && (
          <li className="px-3 py-2 text-12 text-muted">{found.length - DRAWN} more: search to narrow.</li>
        )}
        {found.length === 0 && <li className="px-3 py-3 text-13 text-muted">No host has that name.</li>}
      </ul>
    </fieldset>
  )
}
