import { defineRoute } from '@/lib/http/define-route'
import { NoQuery, single } from '@/lib/http/envelope'
import { mountMatrixJson } from '@/lib/mounts/matrix/matrix'
import { MountMatrix } from '@/lib/mounts/matrix/matrix-schema'

export const GET = defineRoute({
  permission: 'mounts.read',
  summary: 'Show every mount on every host in one compact answer.',
  query: NoQuery,
  response: single(MountMatrix),
  handle: async ({ actor }) => ({ json: await mountMatrixJson(actor) }),
})
