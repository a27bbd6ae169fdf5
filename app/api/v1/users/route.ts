import { defineRoute } from '@/lib/http/define-route'
import { list, NoQuery, single } from '@/lib/http/envelope'
import { CreateUser, UserView } from '@/lib/users/schema'
import { createUser, listUsers } from '@/lib/users/service'

export const GET = defineRoute({
  permission: 'users.admin',
  summary: 'List users.',
  query: NoQuery,
  response: list(UserView),
  handle: async ({ actor }) => ({ body: await listUsers(actor) }),
})

export const POST = defineRoute({
  permission: 'users.admin',
  summary: 'Create a user.',
  body: CreateUser,
  response: single(UserView),
  status: 201,
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, body }) => {
    const data = await createUser(actor, body)
    return { body: { data, message: 'User created' }, location: `/api/v1/users/${data.id}` }
  },
})
