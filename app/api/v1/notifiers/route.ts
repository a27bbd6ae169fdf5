import { defineRoute } from '@/lib/http/define-route'
import { list, single } from '@/lib/http/envelope'
import { etagOf } from '@/lib/http/etag'
import { notifierUnion } from '@/lib/notifiers/registry'
import { CreateNotifier, ListNotifiers, NotifierView } from '@/lib/notifiers/schema'
import { createNotifier, listNotifiers } from '@/lib/notifiers/service'

export const GET = defineRoute({
  permission: 'notifiers.read',
  summary: 'List notifiers: where messages about alerts go.',
  query: ListNotifiers,
  response: list(NotifierView),
  handle: async ({ actor, query }) => ({ body: await listNotifiers(actor, query) }),
})

export const POST = defineRoute({
  permission: 'notifiers.write',
  summary: 'Create a notifier. Secrets go into config; they are sealed and never shown again.',
  body: CreateNotifier,
  describedBody: notifierUnion({
    name: CreateNotifier.shape.name,
    enabled: CreateNotifier.shape.enabled,
    rules: CreateNotifier.shape.rules,
  }),
  response: single(NotifierView),
  status: 201,
  handle: async ({ actor, body }) => {
    const data = await createNotifier(actor, body)
    return { body: { data }, etag: etagOf(data.generation), location: `/api/v1/notifiers/${data.id}` }
  },
})
