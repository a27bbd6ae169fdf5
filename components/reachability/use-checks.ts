'use client'

import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { AskChecks } from '@/lib/reachability/schema'

/** Asks for checks; how many that are is told, since hosts that do not answer come later. */
export function useChecks() {
  return useAction<AskChecks, { checks: number }>({
    run: (body) => requestOne('/api/v1/monitoring/reachability/checks', { method: 'POST', body }),
    topics: ['reach'],
    done: ({ checks }) => (checks === 1 ? 'The check is on its way' : `${checks} checks are on their way`),
  })
}
