'use client'

import { useRouter } from 'next/navigation'
import { useAction } from '@/components/data/use-action'
import { ConfirmByName } from '@/components/forms/confirm-by-name'
import {
  CONTAINER_TOPICS,
  type ContainerAnswer,
  removeContainer,
} from '@/components/workloads/containers/container-requests'

/** It asks for the name: what lies in the container itself is lost. */
export function DeleteContainer({
  workload,
  onClose,
}: {
  workload: { id: string; name: string }
  onClose: () => void
}) {
  const router = useRouter()
  const remove = useAction<void, ContainerAnswer>({
    run: () => removeContainer(workload),
    topics: CONTAINER_TOPICS,
    quiet: true,
    done: ({ data }) => (data.status === 'succeeded' ? `Deleted ${workload.name}` : `Deleting ${workload.name}`),
    // The operation names the volumes that stay.
    onSuccess: ({ data }) => {
      onClose()
      router.replace(`/operations/${data.id}`)
    },
  })
  return (
    <ConfirmByName
      name={workload.name}
      title={`Delete ${workload.name}?`}
      description="What was written in the container itself is lost. Its volumes and what lies on its mounts stay; the operation names the volumes without a name of their own."
      label="Delete"
      verb="delete"
      action={remove}
      onClose={onClose}
    />
  )
}
