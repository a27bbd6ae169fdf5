import { HEARTBEAT_ID, HeartbeatView, SetHeartbeat } from '@/lib/heartbeat/schema'
import { getHeartbeat, removeHeartbeat, setHeartbeat } from '@/lib/heartbeat/service'
import { defineRoute } from '@/lib/http/define-route'
import { Deleted, single } from '@/lib/http/envelope'

export const GET = defineRoute({
  permission: 'notifiers.read',
  summary: "The dead-man's switch: an outside address that is pinged while Holdfast is well. Null when there is none.",
  response: single(HeartbeatView.nullable()),
  handle: async ({ actor }) => ({ body: { data: await getHeartbeat(actor) } }),
})

export const PUT = defineRoute({
  permission: 'notifiers.write',
  summary:
    "Set the dead-man's switch. The address is sealed and never shown again; left out, the stored one stays. It is pinged at once, if Holdfast is well.",
  body: SetHeartbeat,
  response: single(HeartbeatView),
  handle: async ({ actor, body }) => ({ body: { data: await setHeartbeat(actor, body) } }),
})

export const DELETE = defineRoute({
  permission: 'notifiers.write',
  summary: "Remove the dead-man's switch. Who waits for its pings outside will miss them.",
  response: single(Deleted),
  handle: async ({ actor }) => {
    await removeHeartbeat(actor)
    return { body: { data: { id: HEARTBEAT_ID } } }
  },
})
