import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'
import { ChangeReachSettings, ReachSettings } from '@/lib/reachability/schema'
import { changeReachSettings, getReachSettings } from '@/lib/reachability/service'

export const GET = defineRoute({
  permission: 'monitoring.read',
  summary: 'What is checked every night, when, and how many hosts look at one server at the same time.',
  response: single(ReachSettings),
  handle: async ({ actor }) => ({ body: { data: await getReachSettings(actor) } }),
})

export const PATCH = defineRoute({
  permission: 'system.admin',
  summary: 'Change what is checked every night, when, and how many hosts look at one server at the same time.',
  body: ChangeReachSettings,
  response: single(ReachSettings),
  handle: async ({ actor, body }) => ({ body: { data: await changeReachSettings(actor, body) } }),
})
