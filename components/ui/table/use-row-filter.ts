'use client'

import { useDeferredValue, useMemo } from 'react'
import { type Facet, hasOneOf } from '@/components/ui/table/facet-model'
import type { Column } from '@/components/ui/table/table-model'
import { useUrlParameter, useUrlParameters } from '@/components/ui/use-url-parameter'
import { joinValues, splitValues } from '@/lib/comma-list'

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
  const { values: texts, set, clear } = useUrlParameters(facets.map((facet) => facet.id))
  const chosen = useMemo(
    () => new Map(Object.entries(texts).map(([id, text]) => [id, splitValues(text)] as const)),
    [texts],
  )
  const chosenOf = (facet: Facet<Row>): readonly string[] => chosen.get(facet.id) ?? []
  const deferred = useDeferredValue(query)
  const visible = useMemo(() => {
    const words = deferred.toLowerCase().split(/\s+/).filter(Boolean)
    const active = facets.filter((facet) => chosen.get(facet.id)?.length)
    if (words.length === 0 && active.length === 0) return rows
    return rows.filter((row) => {
      if (!active.every((facet) => hasOneOf(facet, chosen.get(facet.id) ?? [], row))) return false
      if (words.length === 0) return true
      const text = columns
        .map((column) => column.search?.(row) ?? '')
        .join('\n')
        .toLowerCase()
      return words.every((word) => text.includes(word))
    })
  }, [rows, columns, facets, deferred, chosen])
  return {
    visible,
    isActive: query !== '' || facets.some((facet) => chosenOf(facet).length > 0),
    query,
    setQuery,
    /** Values of which a row has to have one; none for any. */
    chosenOf,
    choose: (facet: Facet<Row>, values: readonly string[]) => set(facet.id, joinValues(values)),
    clear() {
      setQuery('')
      clear()
    },
  }
}
