import { HeartbeatView } from '@/lib/heartbeat/schema'
import { testHeartbeat } from '@/lib/heartbeat/service'
import { defineRoute } from '@/lib/http/define-route'
import { single } from '@/lib/http/envelope'

const WAIT_MS = 30_000

export const POST = defineRoute({
  permission: 'notifiers.write',
  summary:
    "Ping the dead-man's switch once by hand, also when it is switched off, and answer what came of it. Waits up to 30 s unless Prefer says otherwise.",
  response: single(HeartbeatView),
  handle: async ({ actor, prefer, signal }) => {
    const waitMs = prefer.waitMs ?? WAIT_MS
    return { body: { data: await testHeartbeat(actor, { waitMs, signal }) } }
  },
})
