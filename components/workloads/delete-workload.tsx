'use client'

import { useRouter } from 'next/navigation'
import { useAction } from '@/components/data/use-action'
import { ConfirmByName } from '@/components/forms/confirm-by-name'
import {
  CONTAINER_TOPICS,
  type ContainerAnswer,
  removeWorkload,
} from '@/components/workloads/containers/container-requests'
import type { WorkloadView } from '@/lib/workloads/schema'

/** What is lost, and what stays. */
const WORDS: Readonly<Record<WorkloadView['kind'], string>> = {
  container:
    'What was written in the container itself is lost. Its volumes and what lies on its mounts stay; the operation names the volumes without a name of their own.',
  machine:
    'Its definition goes, with the variables of its UEFI and a saved state. Its volumes stay; the operation names them. Only a machine that was made from here is deleted.',
}

/** It asks for the name. */
export function DeleteWorkload({
  workload,
  onClose,
}: {
  workload: Pick<WorkloadView, 'id' | 'name' | 'kind'>
  onClose: () => void
}) {
  const router = useRouter()
  const remove = useAction<void, ContainerAnswer>({
    run: () => removeWorkload(workload),
    topics: [...CONTAINER_TOPICS, 'volume'],
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
      description={WORDS[workload.kind]}
      label="Delete"
      verb="delete"
      action={remove}
      onClose={onClose}
    />
  )
}
