'use client'

import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { backendList } from '@/components/data/queries'
import { NewPoolForm } from '@/components/pools/forms/new-pool-form'
import type { EngineForms, PoolKind } from '@/components/pools/forms/pool-kinds'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

export function NewPool({ kinds, forms }: { kinds: readonly PoolKind[]; forms: EngineForms }) {
  const preset = useSearchParams().get('backend') ?? ''
  const { data } = useQuery(backendList())
  if (!data) return null
  const able = data.data.filter(({ id }) => kinds.some(({ backendId }) => backendId === id))
  if (able.length === 0) {
    return (
      <EmptyState
        title="First define the storage"
        action={
          <ButtonLink href="/backends/new" variant="primary">
            New backend
          </ButtonLink>
        }
      >
        A pool keeps volumes on a backend. There is none yet that can: a directory, an NFS export, an SMB share, a LUN
        or a pool of Ceph.
      </EmptyState>
    )
  }
  return <NewPoolForm backends={able} kinds={kinds} forms={forms} preset={preset} />
}
