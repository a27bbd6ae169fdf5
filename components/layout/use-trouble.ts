'use client'

import { useQuery } from '@tanstack/react-query'
import { backendsIn, hostsIn } from '@/components/data/queries'

/** How many things behind an entry of the navigation need a person, by its address. What is not known yet is not there. */
export function useTrouble(): Readonly<Record<string, number | undefined>> {
  const { data: failed } = useQuery(backendsIn('error'))
  const { data: away } = useQuery(backendsIn('offline'))
  const { data: lost } = useQuery(hostsIn('offline'))
  const { data: broken } = useQuery(hostsIn('error'))
  return {
    '/backends': failed && away && failed.total + away.total,
    // A revoked host is away on purpose.
    '/hosts': lost && broken && [...lost.data, ...broken.data].filter((host) => host.revoked_at === null).length,
  }
}

/** So much fits into the mark. */
const MOST = 99

/** As the mark says it; nothing for none. */
export function countWords(count: number | undefined): string {
  if (!count) return ''
  return count > MOST ? `${MOST}+` : String(count)
}
