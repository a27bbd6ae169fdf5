import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { actorNow } from '@/lib/auth/authenticate'
import type { Permission } from '@/lib/auth/permissions'
import { processBus, recentEvents } from '@/lib/events/process-bus'
import type { ChangeEvent } from '@/lib/events/schema'

/** Who may not read a thing does not hear of its changes either. */
const PERMISSION_OF: Record<ChangeEvent['topic'], Permission> = {
  operation: 'operations.read',
  backend: 'backends.read',
  mount: 'mounts.read',
  pool: 'pools.read',
  volume: 'volumes.read',
  host: 'hosts.read',
  user: 'users.admin',
  token: 'tokens.admin',
  audit: 'audit.read',
  setting: 'api.read',
  attention: 'attention.read',
  alert: 'attention.read',
  notifier: 'notifiers.read',
  reach: 'monitoring.read',
  workload: 'workloads.read',
  repository: 'repositories.read',
}

/** A listener that hears nothing for much longer may take the connection for dead. */
const HEARTBEAT_MS = 15_000
/** How often it is asked whether the listener may still listen. With the second that an actor is remembered, less than 5 s. */
const CHECK_MS = 3_000
/** News of the same thing within this time is told once. */
const GATHER_MS = 100
/** After this the browser connects again. */
const LASTS_MS = 5 * 60_000

/**
 * Server-sent events: `event: change` with `{topic, id}`. With `since` (milliseconds since 1970, by this machine's clock) it begins
 * with what has changed after that moment, or with `event: reread` when that is not known any more. What is lost later, while nobody
 * listens, is made good by reading again. It ends within 5 s after the session, token or user behind it has, and follows a change
 * of what they may see.
 */
export function changeStream(listener: Actor, signal: AbortSignal, since?: number): ReadableStream<Uint8Array> {
  authorize(listener, 'events.read')
  let actor = listener
  const encoder = new TextEncoder()
  let stop = () => {}
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (text: string) => controller.enqueue(encoder.encode(text))
      const waiting = new Map<string, ChangeEvent>()
      let gathering: NodeJS.Timeout | undefined
      const flush = () => {
        gathering = undefined
        // A reader that does not keep up reads everything again instead.
        if ((controller.desiredSize ?? 0) < -64) return
        for (const { topic, id } of waiting.values()) send(`event: change\ndata: ${JSON.stringify({ topic, id })}\n\n`)
        waiting.clear()
      }
      const check = async () => {
        const now = await actorNow(listener).catch(() => null)
        if (now?.permissions.has('events.read')) actor = now
        else stop()
      }
      const hear = (event: ChangeEvent) => {
        // Perhaps it is about this listener.
        if (event.topic === 'user' || event.topic === 'token') void check()
        if (!actor.permissions.has(PERMISSION_OF[event.topic])) return
        waiting.set(`${event.topic} ${event.id}`, event)
        gathering ??= setTimeout(flush, GATHER_MS)
      }
      const unsubscribe = processBus().subscribe(hear)
      const heartbeat = setInterval(() => send('event: still\ndata: here\n\n'), HEARTBEAT_MS)
      const checks = setInterval(() => void check(), CHECK_MS)
      const end = setTimeout(() => stop(), LASTS_MS)
      stop = () => {
        stop = () => {}
        unsubscribe()
        clearTimeout(gathering)
        clearInterval(heartbeat)
        clearInterval(checks)
        clearTimeout(end)
        try {
          controller.close()
        } catch {
          // The reader has gone already.
        }
      }
      send('retry: 1000\n\n')
      const missed = since === undefined ? [] : recentEvents().since(since)
      if (missed === null) send('event: reread\ndata: {}\n\n')
      else for (const event of missed) hear(event)
      if (signal.aborted) stop()
      else signal.addEventListener('abort', () => stop(), { once: true })
    },
    cancel: () => stop(),
  })
}
