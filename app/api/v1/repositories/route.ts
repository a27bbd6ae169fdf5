import { defineRoute } from '@/lib/http/define-route'
import { list } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { withOperation } from '@/lib/http/operation-reply'
import { repositoryReply } from '@/lib/http/repository-reply'
import { createRepository } from '@/lib/repositories/changes/create'
import { CreateRepository, ListRepositories, RepositoryView } from '@/lib/repositories/schema'
import { listRepositories } from '@/lib/repositories/service'

export const GET = defineRoute({
  permission: 'repositories.read',
  summary: 'List backup repositories with their storage and how they are on every host.',
  query: ListRepositories,
  response: list(RepositoryView),
  handle: async ({ actor, query }) => ({ body: await listRepositories(actor, query) }),
})

export const POST = defineRoute({
  permission: 'repositories.write',
  summary: 'Test a backend, and keep it as a place for backups on hosts. Nothing is saved when the test fails.',
  body: CreateRepository,
  response: withOperation(RepositoryView),
  status: 201,
  handle: async (call) => {
    const changed = await createRepository(call.actor, call.body, call.signal)
    const body = await repositoryReply(changed, call, 'Repository created')
    return { body, etag: etagOf(body.data.generation), location: `/api/v1/repositories/${body.data.id}` }
  },
})
