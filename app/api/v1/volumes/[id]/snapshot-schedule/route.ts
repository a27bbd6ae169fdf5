import { defineRoute } from '@/lib/http/define-route'
import { IdParams, single } from '@/lib/http/envelope'
import { SetSchedule, VolumeScheduleView } from '@/lib/snapshots/schema'
import { getVolumeSchedule, removeVolumeSchedule, setVolumeSchedule } from '@/lib/snapshots/service'

export const GET = defineRoute({
  permission: 'volumes.read',
  summary: 'When snapshots of a volume are taken by themselves, by its own schedule or that of its pool.',
  params: IdParams,
  response: single(VolumeScheduleView),
  handle: async ({ actor, params }) => ({ body: { data: await getVolumeSchedule(actor, params.id) } }),
})

export const PUT = defineRoute({
  permission: 'volumes.write',
  summary: 'Give a volume a snapshot schedule of its own. Only snapshots that a schedule has taken are deleted by one.',
  params: IdParams,
  body: SetSchedule,
  response: single(VolumeScheduleView),
  handle: async ({ actor, params, body }) => ({
    body: { data: await setVolumeSchedule(actor, params.id, body), message: 'Schedule set' },
  }),
})

export const DELETE = defineRoute({
  permission: 'volumes.write',
  summary: 'Take the own schedule of a volume away: that of its pool holds again, if there is one.',
  params: IdParams,
  response: single(VolumeScheduleView),
  handle: async ({ actor, params }) => ({
    body: { data: await removeVolumeSchedule(actor, params.id), message: 'Schedule removed' },
  }),
})
