'use client'

import { useRouter } from 'next/navigation'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { OperationRow } from '@/lib/operations/schema'

/** Tests saved backends; with one, leads to its page to watch. */
export function useTestBackends() {
  const router = useRouter()
  return useAction<{ ids: string[]; watch: boolean }, OperationRow[]>({
    run: ({ ids }) =>
      Promise.all(
        ids.map((id) =>
          requestOne<OperationRow>(`/api/v1/storage/backends/${id}/test`, {
            method: 'POST',
            body: {},
            headers: WATCHED,
          }),
        ),
      ),
    topics: ['operation'],
    done: (started) => (started.length === 1 ? null : `${started.length} tests started`),
    onSuccess: (started, { ids, watch }) => {
      const [first] = started
      if (watch && first) router.push(`/backends/${ids[0]}?test=${first.id}`)
    },
  })
}
