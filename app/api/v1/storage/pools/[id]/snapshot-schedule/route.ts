import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { PoolScheduleView, SetSchedule } from '@/lib/snapshots/schema'
import { getPoolSchedule, removePoolSchedule, setPoolSchedule } from '@/lib/snapshots/service'

export const GET = defineRoute({
  permission: 'pools.read',
  summary: 'The snapshot schedule for the volumes of a pool that have none of their own.',
  params: IdParams,
  response: single(PoolScheduleView),
  handle: async ({ actor, params }) => ({ body: { data: await getPoolSchedule(actor, params.id) } }),
})

export const PUT = defineRoute({
  permission: 'pools.write',
  summary: 'Set the snapshot schedule for the volumes of a pool that have none of their own.',
  params: IdParams,
  body: SetSchedule,
  response: single(PoolScheduleView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await setPoolSchedule(actor, params.id, body), message: 'Schedule set' },
  }),
})

export const DELETE = defineRoute({
  permission: 'pools.write',
  summary: 'Take the snapshot schedule of a pool away. Snapshots that were taken stay.',
  params: IdParams,
  response: single(PoolScheduleView),
  handle: async ({ actor, params }) => ({
    body: { data: await removePoolSchedule(actor, params.id), message: 'Schedule removed' },
  }),
})
