'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { searchFor } from '@/components/data/queries'
import { narrowed } from '@/components/layout/palette-narrowing'
import type { SearchGroup } from '@/lib/search/schema'

/** Letters that follow each other faster than this are one question. */
const DEBOUNCE_MS = 120

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

export interface Search {
  groups: readonly SearchGroup[]
  /** The server has not answered this query yet; what is there comes from the one before, as far as it still fits. */
  isPending: boolean
  error: unknown
}

/** Asks the server while somebody types: an answer that nobody waits for any more is cancelled. */
export function useSearch(query: string, { limit, enabled }: { limit: number; enabled: boolean }): Search {
  const settled = useSettled(query)
  const { data, isFetching, error } = useQuery({
    ...searchFor(settled, limit),
    // The first letters are not asked about before they are settled.
    enabled: enabled && (settled !== '' || query === ''),
    placeholderData: keepPreviousData,
  })
  if (!enabled) return { groups: [], isPending: false, error: null }
  return {
    groups: data ? narrowed(data, query) : [],
    isPending: settled !== query || (isFetching && data?.query !== query),
    error: settled === query ? error : null,
  }
}
