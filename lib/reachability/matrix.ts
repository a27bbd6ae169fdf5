import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { cachedJson } from '@/lib/db/cached-json'
import { explainedRow } from '@/lib/drivers/problems/view'
import { TextTable } from '@/lib/mounts/matrix/text-table'
import { REACH_LAYERS } from '@/lib/reachability/layer-names'
import { ReachLayer } from '@/lib/reachability/layers'
import * as repository from '@/lib/reachability/repository'
import type { ReachCell, ReachMatrix } from '@/lib/reachability/schema'
import { isOutdated, isWaiting, knownOfBackend } from '@/lib/reachability/view'

/** As `reachMatrix`, as the JSON that goes over the wire; built again only when something in the database has changed. */
export function reachMatrixJson(actor: Actor): Promise<string> {
  authorize(actor, 'monitoring.read')
  return cachedJson('reach-matrix', async () => ({ data: await reachMatrix(actor) }))
}

/** How every host reaches every storage, as far as it was checked. */
export async function reachMatrix(actor: Actor): Promise<ReachMatrix> {
  authorize(actor, 'monitoring.read')
  const now = new Date()
  const [hosts, backends, rows, used] = await Promise.all([
    repository.findHosts(),
    repository.findBackends(),
    repository.findCells(),
    repository.findUsed(),
  ])
  const hostPlaces = new Map(hosts.map(({ id }, index) => [id, index]))
  const backendPlaces = new Map(backends.map((backend, index) => [backend.id, { backend, index }]))
  const texts = new TextTable()
  const cells = rows.flatMap((row): ReachCell[] => {
    const at = hostPlaces.get(row.hostId)
    const place = backendPlaces.get(row.backendId)
    // Made between two reads; the next change brings it.
    if (at === undefined || place === undefined) return []
    const { message, explanation } = explainedRow(row, knownOfBackend(place.backend))
    return [
      [
        at,
        place.index,
        placeOfLayer(row.failedLayer),
        seconds(row.since),
        seconds(row.checkedAt),
        message === null ? null : texts.placeOf(message),
        explanation === null ? null : texts.placeOf(explanation.advice),
        isWaiting(row, now) ? 1 : 0,
        isOutdated(row, place.backend) ? 1 : 0,
        used.has(repository.usedKey(row)) ? 1 : 0,
      ],
    ]
  })
  return {
    hosts: hosts.map(({ observedStatus: status, ...host }) => ({ ...host, status })),
    backends: backends.map(({ id, name, driver: type }) => ({ id, name, type })),
    layers: [...REACH_LAYERS],
    texts: texts.all,
    cells,
  }
}

function placeOfLayer(stored: string | null): number | null {
  const layer = ReachLayer.safeParse(stored).data
  return layer === undefined ? null : REACH_LAYERS.indexOf(layer)
}

function seconds(at: Date | null): number | null {
  return at === null ? null : Math.floor(at.getTime() / 1000)
}
