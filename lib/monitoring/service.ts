import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'
import { historyOf, whatIfOf } from '@/lib/monitoring/history'
import * as repository from '@/lib/monitoring/history-repository'
import { showsAnother } from '@/lib/monitoring/measured'
import type { BackendMetrics, MetricsQuery, MountMetrics, WhatIfQuery, WhatIfView } from '@/lib/monitoring/schema'

/** The room of a backend over time. */
export async function backendMetrics(actor: Actor, id: string, query: MetricsQuery): Promise<BackendMetrics> {
  authorize(actor, 'backends.read')
  if (!(await repository.isBackend(id))) throw new HoldfastError('not_found', 'Backend not found')
  return { backend_id: id, history: await historyOf(await repository.findSeries([id]), query) }
}

/** When a backend is full, as it goes and as it would go. */
export async function backendWhatIf(actor: Actor, id: string, query: WhatIfQuery): Promise<WhatIfView> {
  authorize(actor, 'backends.read')
  if (!(await repository.isBackend(id))) throw new HoldfastError('not_found', 'Backend not found')
  return whatIfOf(await repository.findSeries([id]), query)
}

/** The room of what a mount shows: that of its backend, or on a host where the mount shows another storage that one's. */
export async function mountMetrics(actor: Actor, id: string, query: MetricsQuery): Promise<MountMetrics> {
  authorize(actor, 'mounts.read')
  const mount = await repository.findMount(id)
  if (mount === null) throw new HoldfastError('not_found', 'Mount not found')
  const { backend, hosts } = mount
  const other = new Set(hosts.flatMap(({ hostId, overrides }) => (showsAnother(backend, overrides) ? [hostId] : [])))
  const here = new Set(['', ...hosts.map(({ hostId }) => hostId)])
  const series = (await repository.findSeries([id, backend.id])).filter(
    ({ subjectId, hostId }) => here.has(hostId) && (subjectId === id) === other.has(hostId),
  )
  return { mount_id: id, history: await historyOf(series, query) }
}
