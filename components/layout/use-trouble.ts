'use client'

import { useQuery } from '@tanstack/react-query'
import { attentionList } from '@/components/data/queries'

/** How many things behind an entry of the navigation need a person, by its address. What is not known yet is not there. */
export function useTrouble(): Readonly<Record<string, number | undefined>> {
  const counts = useQuery(attentionList()).data?.counts
  return {
    '/backends': counts?.backends,
    '/pools': counts?.pools,
    '/volumes': counts?.volumes,
    '/mounts': counts?.mounts,
    '/hosts': counts?.hosts,
  }
}

/** So much fits into the mark. */
const MOST = 99

/** As the mark says it; nothing for none. */
export function countWords(count: number | undefined): string {
  if (!count) return ''
  return count > MOST ? `${MOST}+` : String(count)
}
