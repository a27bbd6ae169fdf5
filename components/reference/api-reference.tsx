'use client'

import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useMemo, useRef } from 'react'
import { ProblemNote } from '@/components/data/problem-note'
import { request } from '@/components/data/request'
import { EndpointEntry } from '@/components/reference/endpoint-entry'
import { endpointsOf, matches, type OpenApi } from '@/components/reference/open-api'
import { useHash } from '@/components/reference/use-hash'
import { Skeleton } from '@/components/ui/feedback'
import { SearchField } from '@/components/ui/search-field'
import { useUrlParameter } from '@/components/ui/use-url-parameter'

/** Names of groups that are no plain words. */
const TITLES: Record<string, string> = {
  'import-rclone': 'Import of rclone.conf',
  'openapi.json': 'This description',
  wolfstack: "WolfStack's paths",
}

function titleOf(group: string): string {
  return TITLES[group] ?? group.charAt(0).toUpperCase() + group.slice(1)
}

/** Arrows go from the search through the operations and back. */
function useArrows() {
  const area = useRef<HTMLDivElement>(null)
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
    const stops = [...(area.current?.querySelectorAll<HTMLElement>('input[type="search"], [data-endpoint]') ?? [])]
    const at = stops.indexOf(document.activeElement as HTMLElement)
    if (at === -1) return
    event.preventDefault()
    stops[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus()
  }
  return { area, onKeyDown }
}

/** The API as its own description tells it, in the order of that description. */
export function ApiReference() {
  const { data, error } = useQuery({
    queryKey: ['openapi'],
    queryFn: ({ signal }) => request<OpenApi>('/api/v1/openapi.json', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const [query, setQuery] = useUrlParameter('q')
  const hash = useHash()
  const { area, onKeyDown } = useArrows()
  const groups = useMemo(() => {
    const found = (data ? endpointsOf(data) : []).filter((endpoint) => matches(endpoint, query))
    return [...Map.groupBy(found, (endpoint) => endpoint.group)]
  }, [data, query])
  if (error) return <ProblemNote error={error} />
  if (!data) return <Skeleton className="h-64 w-full" />
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are of the controls within, which hand them on.
    <div ref={area} onKeyDown={onKeyDown} className="space-y-6">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <SearchField label="Search the API" query={query} onChange={setQuery} className="max-w-sm" />
        <p aria-hidden className="text-12 text-faint max-md:hidden">
          / to search, arrows to move, Enter to open
        </p>
      </div>
      {groups.length === 0 && <p className="text-13 text-muted">Nothing matches.</p>}
      {groups.map(([group, endpoints]) => {
        const about = data.tags?.find(({ name }) => name === group)?.description
        return (
          <section key={group} aria-label={titleOf(group)}>
            <h2 className="text-14 font-semibold">{titleOf(group)}</h2>
            {about && <p className="text-13 text-muted">{about.replaceAll('`', '')}</p>}
            <ul className="panel mt-2 divide-y divide-line overflow-hidden">
              {endpoints.map((endpoint) => (
                <EndpointEntry key={endpoint.id} endpoint={endpoint} document={data} isLinked={endpoint.id === hash} />
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}
