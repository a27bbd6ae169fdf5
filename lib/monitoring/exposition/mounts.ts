import type { Exposition } from '@/lib/monitoring/exposition/exposition'
import type { CellRow, HostRow, MountRow } from '@/lib/monitoring/exposition/repository'
import { driftOf } from '@/lib/mounts/drift'
import { type DriftKind, factsOf, type StatusOnHost, statusOnHost, wordOnHost } from '@/lib/mounts/state'

/** Adds each mount, and how it is on each host that is not revoked. */
export async function addMounts(
  figures: Exposition,
  mounts: readonly MountRow[],
  hosts: readonly HostRow[],
  cells: AsyncIterable<CellRow>,
): Promise<void> {
  const mountOf = new Map(mounts.map((mount) => [mount.id, mount]))
  const hostOf = new Map(hosts.map((host) => [host.id, host]))
  for (const { id, name, backend } of mounts) figures.add('mountInfo', { mount: name, id, backend: backend.name }, 1)
  const counts = new Map<MountRow, Map<StatusOnHost, number>>()
  const drift = driftReader()
  for await (const cell of cells) {
    const [mount, host] = [mountOf.get(cell.mountId), hostOf.get(cell.hostId)]
    if (mount === undefined || host === undefined) continue
    const status = statusOnHost(factsOf(cell, mount, host, drift(cell, mount)))
    const { tone } = wordOnHost({ status, state: cell.observedState })
    figures.add('mountStatus', { mount: mount.name, host: host.name, status, tone }, 1)
    const of = counts.get(mount) ?? new Map<StatusOnHost, number>()
    counts.set(mount, of.set(status, (of.get(status) ?? 0) + 1))
  }
  for (const [{ name }, of] of counts)
    for (const [status, number] of of) {
      // The tone of a status is the same on all hosts.
      const { tone } = wordOnHost({ status, state: 'unknown' })
      figures.add('mountHosts', { mount: name, status, tone }, number)
    }
}

/** Options are compared once for all hosts that have the same: a thousand of them mostly do. */
function driftReader(): (cell: CellRow, mount: MountRow) => DriftKind | null {
  const known = new Map<string, DriftKind | null>()
  return (cell, mount) => {
    const { mountId, desiredState, desiredGeneration, removed, observedState, observedGeneration } = cell
    const { overrides, observedOptions, takenOverWith } = cell
    const key = JSON.stringify([
      [mountId, desiredState, desiredGeneration, removed, observedState, observedGeneration],
      [overrides, observedOptions, takenOverWith],
    ])
    const found = known.get(key)
    if (found !== undefined) return found
    const kind = driftOf({ ...cell, mount })?.kind ?? null
    known.set(key, kind)
    return kind
  }
}
