'use client'

import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { backendOne } from '@/components/data/queries'
import { requestOne } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { DriverForm } from '@/components/forms/driver-form'
import type { BackendView } from '@/lib/backends/schema'
import { driverById } from '@/lib/drivers/registry'

/** The same form as for a new one. A change that somebody else made meanwhile is refused, not overwritten. */
export function EditBackend({ id }: { id: string }) {
  const router = useRouter()
  const { data } = useQuery(backendOne(id))
  // As it was when the form opened: saving names this generation, so that a change made meanwhile is noticed.
  const [backend] = useState(data)
  const update = useAction<{ name: string; config: Record<string, unknown> }, BackendView>({
    run: (body) =>
      requestOne<BackendView>(`/api/v1/storage/backends/${id}`, {
        method: 'PATCH',
        body,
        headers: backend ? { 'if-match': `"${backend.generation}"` } : {},
      }),
    topics: ['backend', 'mount'],
    done: (saved) => `Saved ${saved.name}`,
    quiet: true,
    onSuccess: () => router.push(`/backends/${id}`),
  })
  if (!backend) return null
  return (
    <DriverForm
      descriptor={driverById(backend.type)}
      backend={backend}
      onSave={async (body) => {
        await update.mutateAsync(body)
      }}
      onCancel={() => router.push(`/backends/${id}`)}
    />
  )
}
