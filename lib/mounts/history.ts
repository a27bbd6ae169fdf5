import 'server-only'
import type { z } from 'zod'
import { type Actor, authorize } from '@/lib/auth/actor'
import { explained } from '@/lib/drivers/problems/view'
import { requireHost } from '@/lib/hosts/service'
import { effectiveMount } from '@/lib/mounts/effective'
import * as repository from '@/lib/mounts/repository'
import type { HostHistoryQuery, MountEventView, MountHistoryQuery } from '@/lib/mounts/schema'
import { findMount } from '@/lib/mounts/service'
import { knownOf } from '@/lib/mounts/view'

interface Page {
  data: MountEventView[]
  total: number
  nextCursor?: string
}

/** What was seen of a mount on its hosts, newest first; kept for 90 days. */
export async function mountHistory(actor: Actor, id: string, query: z.infer<typeof MountHistoryQuery>): Promise<Page> {
  authorize(actor, 'mounts.read')
  await findMount(id)
  return readPage({ mountId: id, hostId: query.host_id }, query)
}

/** What was seen of the mounts on one host, newest first. */
export async function hostHistory(actor: Actor, id: string, query: z.infer<typeof HostHistoryQuery>): Promise<Page> {
  authorize(actor, 'mounts.read')
  await requireHost(id)
  return readPage({ hostId: id }, query)
}

async function readPage(
  filter: repository.EventFilter,
  { cursor, limit }: z.infer<typeof HostHistoryQuery>,
): Promise<Page> {
  const [rows, total] = await Promise.all([
    repository.findEvents(filter, cursor, limit + 1),
    repository.countEvents(filter),
  ])
  const page = rows.slice(0, limit)
  const ids = [...new Set(page.map((row) => row.mountId))]
  const mounts = new Map((await repository.findPage({ ids }, undefined, ids.length)).map((row) => [row.id, row]))
  const last = page.at(-1)
  return {
    data: page.map((row) => eventView(row, mounts.get(row.mountId))),
    total,
    ...(rows.length > limit && last ? { nextCursor: String(last.id) } : {}),
  }
}

/** A mount or a host that has gone is shown by its id. */
function eventView(row: repository.EventRecord, mount: repository.MountRecord | undefined): MountEventView {
  const on = mount?.hosts.find((entry) => entry.hostId === row.hostId)
  const known = mount ? knownOf(mount, effectiveMount(mount, on?.overrides)) : {}
  const { message, explanation } = explained(row, known)
  return {
    id: row.id,
    at: row.at.toISOString(),
    mount_id: row.mountId,
    mount_name: mount?.name ?? row.mountId,
    host_id: row.hostId,
    host_name: on?.host.name ?? row.hostId,
    state: row.state,
    message,
    problem: row.problem,
    advice: explanation?.advice ?? null,
    explanation,
  }
}
