'use client'

import { request, WATCHED } from '@/components/data/request'
import { useAction } from '@/components/data/use-action'
import { ConfirmByName } from '@/components/forms/confirm-by-name'
import type { RepositoryView } from '@/lib/repositories/schema'

function whatGoes({ name, mount_path, hosts }: RepositoryView): string {
  const where = hosts.length === 1 ? (hosts[0]?.host_name ?? '1 host') : `${hosts.length} hosts`
  const how =
    mount_path === null
      ? `${name} is forgotten.`
      : `${name} is unmounted from ${mount_path} on ${where}, and forgotten.`
  return `${how} The backups in it stay where they are: a new repository on the same backend finds them again.`
}

export function DeleteRepository({
  repository,
  onClose,
  onDeleted,
}: {
  repository: RepositoryView
  onClose: () => void
  onDeleted?: () => void
}) {
  const remove = useAction<void, unknown>({
    run: () => request(`/api/v1/repositories/${repository.id}`, { method: 'DELETE', headers: WATCHED }),
    topics: ['repository', 'mount', 'operation'],
    done: () => `Deleted ${repository.name}`,
    quiet: true,
    onSuccess: () => {
      onClose()
      onDeleted?.()
    },
  })
  return (
    <ConfirmByName
      name={repository.name}
      title={`Delete ${repository.name}?`}
      description={whatGoes(repository)}
      label="Delete repository"
      verb="delete"
      action={{ mutate: () => remove.mutate(), isPending: remove.isPending, error: remove.error }}
      onClose={onClose}
    />
  )
}
