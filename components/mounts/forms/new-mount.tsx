'use client'

import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { backendList } from '@/components/data/queries'
import { NewMountForm } from '@/components/mounts/forms/new-mount-form'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/feedback'

export function NewMount() {
  const preset = useSearchParams().get('backend') ?? ''
  const { data } = useQuery(backendList())
  if (!data) return null
  const mountable = data.data.filter((backend) => backend.capabilities.includes('mount'))
  if (mountable.length === 0) {
    return (
      <EmptyState
        title="First define the storage"
        action={
          <ButtonLink href="/backends/new" variant="primary">
            New backend
          </ButtonLink>
        }
      >
        A mount puts a backend at a path. There is no backend yet that can be mounted.
      </EmptyState>
    )
  }
  // The list may be older than a backend that was saved a moment ago; with it, the form begins anew.
  const isKnown = mountable.some(({ id }) => id === preset)
  return <NewMountForm key={`${preset} ${isKnown}`} backends={mountable} preset={preset} />
}
