import { defineRoute } from '@/lib/http/define-route'
import { Deleted, IdParams, single } from '@/lib/http/envelope'
import { UpdateUser, UserView } from '@/lib/users/schema'
import { deleteUser, getUser, updateUser } from '@/lib/users/service'

export const GET = defineRoute({
  permission: 'users.admin',
  summary: 'Get one user.',
  params: IdParams,
  response: single(UserView),
  handle: async ({ actor, params }) => ({ body: { data: await getUser(actor, params.id) } }),
})

export const PATCH = defineRoute({
  permission: 'users.admin',
  summary: 'Change a user. A new role or password, and disabling, end all sessions of that user.',
  params: IdParams,
  body: UpdateUser,
  response: single(UserView),
  mayRefuse: ['rate_limited'],
  handle: async ({ actor, params, body }) => ({
    body: { data: await updateUser(actor, params.id, body), message: 'User updated' },
  }),
})

export const DELETE = defineRoute({
  permission: 'users.admin',
  summary: 'Delete a user.',
  params: IdParams,
  response: single(Deleted),
  handle: async ({ actor, params }) => {
    await deleteUser(actor, params.id)
    return { body: { data: { id: params.id }, message: 'User deleted' } }
  },
})
