'use client'

import { useState } from 'react'
import { requestOne, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import type { PoolView } from '@/lib/pools/schema'

type Named = Pick<PoolView, 'id' | 'name'>

/** What can be done with a pool at once: it interrupts nobody, or can be taken back the same way. */
export function usePoolActions() {
  const [attempts, setAttempts] = useState<Readonly<Record<string, string>>>({})
  const reconnect = useAction<Named & { hostIds?: readonly string[] }, { id: string }>({
    run: ({ id, hostIds }) =>
      requestOne(`/api/v1/storage/pools/${id}/reconnect`, {
        method: 'POST',
        headers: WATCHED,
        body: hostIds === undefined ? {} : { host_ids: [...hostIds] },
      }),
    topics: ['pool', 'operation'],
    onSuccess: (operation, { id }) => setAttempts((before) => ({ ...before, [id]: operation.id })),
  })
  const maintenance = useAction<Pick<PoolView, 'id' | 'name' | 'maintenance'>, unknown>({
    run: ({ id, maintenance: isOn }) =>
      requestOne(`/api/v1/storage/pools/${id}`, { method: 'PATCH', body: { maintenance: !isOn } }),
    topics: ['pool'],
    done: (_answer, { name, maintenance: wasOn }) =>
      wasOn ? `${name} takes new volumes again` : `${name} is in maintenance: it takes no new volumes`,
  })
  return {
    reconnect: reconnect.mutate,
    isReconnecting: reconnect.isPending,
    setMaintenance: maintenance.mutate,
    isSettingMaintenance: maintenance.isPending,
    /** The operation of the latest reconnect of a pool. */
    attemptOf: (poolId: string): string | undefined => attempts[poolId],
  }
}
