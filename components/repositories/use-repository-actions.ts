'use client'

import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { RepositoryView, StorageInfo } from '@/lib/repositories/schema'

type Named = Pick<RepositoryView, 'id' | 'name'>

/** What can be done with a repository at once. */
export function useRepositoryActions() {
  const measure = useAction<Named, StorageInfo>({
    run: ({ id }) => requestOne(`/api/v1/repositories/${id}/storage`),
    topics: ['repository', 'operation'],
    done: (_answer, { name }) => `${name} has been measured`,
  })
  const enable = useAction<Named & { enabled: boolean }, RepositoryView>({
    run: ({ id, enabled }) => requestOne(`/api/v1/repositories/${id}`, { method: 'PATCH', body: { enabled } }),
    topics: ['repository'],
    done: (_answer, { name, enabled }) => (enabled ? `${name} takes new backups` : `${name} takes no new backups`),
  })
  return {
    measure: measure.mutate,
    isMeasuring: measure.isPending,
    setEnabled: enable.mutate,
    isSetting: enable.isPending,
  }
}

/** Would it take new backups if somebody said so? Null: it does already, or what is wrong is not a matter of that. */
export function enabledNext({ enabled, status, full }: RepositoryView): boolean | null {
  if (!enabled) return true
  if (full !== null && full.allowed_at === null) return true
  return status === 'error' ? null : false
}
