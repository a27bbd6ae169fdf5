'use client'

import { Search, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { FacetFilter } from '@/components/ui/table/facet-filter'
import type { Facet } from '@/components/ui/table/facet-model'
import type { RowFilter } from '@/components/ui/table/use-row-filter'

/** Of the nouns that tables have: entries, hosts. */
function singular(noun: string): string {
  return noun.replace(/ies$/, 'y').replace(/s$/, '')
}

function SearchField({ noun, query, setQuery }: { noun: string; query: string; setQuery: (query: string) => void }) {
  return (
    <label className="relative w-full min-w-0 md:w-64">
      <span className="sr-only">Search {noun}</span>
      <Search aria-hidden className="pointer-events-none absolute top-2 left-2.5 size-4 text-faint" />
      <input
        type="search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
        placeholder={`Search ${noun}`}
        className="h-8 w-full rounded-md border border-line-strong bg-surface pr-8 pl-8 text-13 hover:border-control [&::-webkit-search-cancel-button]:hidden"
      />
      {query && (
        <button
          type="button"
          aria-label="Clear search"
          onClick={() => setQuery('')}
          className="absolute top-1 right-1 inline-flex size-6 items-center justify-center rounded-sm text-faint hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </label>
  )
}

/** Searches and filters the rows, and says how many are shown. */
export function FilterBar<Row>({
  noun,
  rows,
  facets,
  filter,
  shown,
  toolbar,
}: {
  noun: string
  /** All there are, filtered or not. */
  rows: Row[]
  facets: Facet<Row>[]
  filter: RowFilter<Row>
  /** How many rows the filter leaves. */
  shown: number
  toolbar: ReactNode
}) {
  return (
    <>
      <SearchField noun={noun} query={filter.query} setQuery={filter.setQuery} />
      {facets.map((facet) => (
        <FacetFilter
          key={facet.id}
          facet={facet}
          rows={rows}
          chosen={filter.chosenOf(facet)}
          onChange={(chosen) => filter.choose(facet, chosen)}
        />
      ))}
      {filter.isActive && (
        <Button variant="ghost" onClick={filter.clear}>
          Clear filters
        </Button>
      )}
      <div className="ml-auto flex items-center gap-3">
        <span className="tabular text-12 text-muted" role="status">
          {shown < rows.length ? `${shown} of ${rows.length}` : rows.length} {rows.length === 1 ? singular(noun) : noun}
        </span>
        {toolbar}
      </div>
    </>
  )
}
