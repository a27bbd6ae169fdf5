import 'server-only'
import type { z } from 'zod'
import { type Actor, authorize } from '@/lib/auth/actor'
import { effectiveMount } from '@/lib/mounts/effective'
import * as repository from '@/lib/mounts/repository'
import type { MountEventView, MountHistoryQuery } from '@/lib/mounts/schema'
import { findMount } from '@/lib/mounts/service'
import { adviceFor } from '@/lib/mounts/view'

/** What was seen of a mount on its hosts, newest first; kept for 90 days. */
export async function mountHistory(
  actor: Actor,
  id: string,
  query: z.infer<typeof MountHistoryQuery>,
): Promise<{ data: MountEventView[]; total: number; nextCursor?: string }> {
  authorize(actor, 'mounts.read')
  const mount = await findMount(id)
  const filter = { mountId: id, hostId: query.host_id }
  const [rows, total] = await Promise.all([
    repository.findEvents(filter, query.cursor, query.limit + 1),
    repository.countEvents(filter),
  ])
  const page = rows.slice(0, query.limit)
  const names = new Map(mount.hosts.map((row) => [row.hostId, row]))
  const last = page.at(-1)
  return {
    data: page.map((row) => {
      const on = names.get(row.hostId)
      return {
        id: row.id,
        at: row.at.toISOString(),
        host_id: row.hostId,
        host_name: on?.host.name ?? row.hostId,
        state: row.state,
        message: row.error,
        problem: row.problem,
        advice: adviceFor(mount, effectiveMount(mount, on?.overrides), row.problem),
      }
    }),
    total,
    ...(rows.length > query.limit && last ? { nextCursor: String(last.id) } : {}),
  }
}
