import { settle, type Waiting } from '@/lib/http/operation-reply'
import type { OperationView } from '@/lib/operations/schema'
import type { RepositoryView } from '@/lib/repositories/schema'
import { type RepositoryChanged, readRepository } from '@/lib/repositories/service'

interface RepositoryAnswer {
  data: RepositoryView
  message: string
  operation: Pick<OperationView, 'id' | 'status'> | null
}

/** The repository with the operation that mounts it, as `poolReply`: one that fails does not undo the answer. */
export async function repositoryReply(
  { repository, operation }: RepositoryChanged,
  call: Waiting,
  message: string,
): Promise<RepositoryAnswer> {
  if (operation === null) return { data: repository, message, operation: null }
  const { id, status } = await settle(operation, call)
  const data = status === 'queued' ? repository : await readRepository(repository.id)
  return { data, message, operation: { id, status } }
}
