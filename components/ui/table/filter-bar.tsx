'use client'

import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { SearchField } from '@/components/ui/search-field'
import { FacetFilter } from '@/components/ui/table/facet-filter'
import type { Facet } from '@/components/ui/table/facet-model'
import type { RowFilter } from '@/components/ui/table/use-row-filter'

/** Of the nouns that tables have: entries, hosts. */
function singular(noun: string): string {
  return noun.replace(/ies$/, 'y').replace(/s$/, '')
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
      <SearchField label={`Search ${noun}`} query={filter.query} onChange={filter.setQuery} hasClear />
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
        <span className="tabular whitespace-nowrap text-12 text-muted" role="status">
          {shown < rows.length ? `${shown} of ${rows.length}` : rows.length} {rows.length === 1 ? singular(noun) : noun}
        </span>
        {toolbar}
      </div>
    </>
  )
}
