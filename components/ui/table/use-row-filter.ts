'use client'

import { useDeferredValue, useMemo } from 'react'
import type { Column, Facet } from '@/components/ui/table/table-model'
import { useUrlParameter, useUrlParameters } from '@/components/ui/use-url-parameter'

export type RowFilter<Row> = ReturnType<typeof useRowFilter<Row>>

/** The rows that the search words and the facets in the address leave. */
export function useRowFilter<Row>({
  rows,
  columns,
  facets,
}: {
  rows: Row[]
  columns: Column<Row>[]
  facets: Facet<Row>[]
}) {
  const [query, setQuery] = useUrlParameter('q')
  const wanted = useUrlParameters(facets.map((facet) => facet.id))
  const deferred = useDeferredValue(query)
  const visible = useMemo(() => {
    const words = deferred.toLowerCase().split(/\s+/).filter(Boolean)
    const active = facets.filter((facet) => wanted.values[facet.id])
    if (words.length === 0 && active.length === 0) return rows
    return rows.filter((row) => {
      if (active.some((facet) => facet.value(row) !== wanted.values[facet.id])) return false
      if (words.length === 0) return true
      const text = columns
        .map((column) => column.search?.(row) ?? '')
        .join('\n')
        .toLowerCase()
      return words.every((word) => text.includes(word))
    })
  }, [rows, columns, facets, deferred, wanted.values])
  return {
    visible,
    isActive: query !== '' || facets.some((facet) => wanted.values[facet.id]),
    query,
    setQuery,
    /** What a facet is to be; empty for anything. */
    valueOf: (facet: Facet<Row>) => wanted.values[facet.id] ?? '',
    setValue: (facet: Facet<Row>, value: string) => wanted.set(facet.id, value),
    clear() {
      setQuery('')
      wanted.clear()
    },
  }
}
