'use client'

import { useRouter } from 'next/navigation'
import { useRef } from 'react'
import { request } from '@/components/data/request'
import type { PlannedMount } from '@/components/mounts/forms/use-new-mount'
import { ReviewChange } from '@/components/plans/review-change'
import type { MountView } from '@/lib/mounts/schema'

/** The last step before a mount is made; leads to its page. `where` are its hosts in words. */
export function ReviewNewMount({ change, plan, where, onBack }: PlannedMount & { where: string; onBack: () => void }) {
  const router = useRouter()
  const created = useRef('')
  return (
    <ReviewChange
      title={`${change.do_mount ? 'Mount' : 'Save'} ${change.name}`}
      change={{ action: 'create_mount', change }}
      plan={plan}
      apply={{ label: change.do_mount ? `Mount on ${where}` : 'Save mount' }}
      send={async ({ headers, rollout }) => {
        const made = await request<{ data: MountView; operation: { id: string } | null }>('/api/v1/storage/mounts', {
          method: 'POST',
          body: { ...change, ...rollout },
          headers,
        })
        created.current = made.data.id
        return made.operation ? [made.operation.id] : []
      }}
      onBack={onBack}
      onClose={onBack}
      onApplied={() => router.push(`/mounts/${created.current}`)}
    />
  )
}
