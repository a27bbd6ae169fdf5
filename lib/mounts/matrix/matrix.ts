import 'server-only'
import { type Actor, authorize } from '@/lib/auth/actor'
import { cachedJson } from '@/lib/db/cached-json'
import { explainedRow } from '@/lib/drivers/problems/view'
import { driftOf } from '@/lib/mounts/drift'
import { effectiveMount } from '@/lib/mounts/effective'
import * as repository from '@/lib/mounts/matrix/matrix-repository'
import {
  MATRIX_STATES,
  MATRIX_STATUSES,
  type MatrixCell,
  type MatrixDrift,
  type MountMatrix,
} from '@/lib/mounts/matrix/matrix-schema'
import { TextTable } from '@/lib/mounts/matrix/text-table'
import { factsOf, isRemoval, statusOnHost } from '@/lib/mounts/state'
import { labelsOf } from '@/lib/mounts/targets'
import { knownOf } from '@/lib/mounts/view'

const STATE_NUMBERS: ReadonlyMap<string, number> = new Map(MATRIX_STATES.map((state, index) => [state, index]))
const STATUS_NUMBERS: ReadonlyMap<string, number> = new Map(MATRIX_STATUSES.map((status, index) => [status, index]))

/** The whole matrix as the JSON that goes over the wire; built again only when something in the database has changed. */
export function mountMatrixJson(actor: Actor): Promise<string> {
  authorize(actor, 'mounts.read')
  return cachedJson('mount-matrix', async () => ({ data: await mountMatrix(actor) }))
}

/** Every mount on every host: for the console's matrix, and for whoever wants the state of the fleet in one answer. */
export async function mountMatrix(actor: Actor): Promise<MountMatrix> {
  authorize(actor, 'mounts.read')
  const [hosts, mounts, rows] = await Promise.all([
    repository.findMatrixHosts(),
    repository.findMatrixMounts(),
    repository.findMatrixCells(),
  ])
  const hostNumbers = new Map(hosts.map((host, index) => [host.id, { host, index }]))
  const mountNumbers = new Map(mounts.map(({ id }, index) => [id, index]))
  const texts = new TextTable()
  const drifts: MatrixDrift[] = []
  const cells: MatrixCell[] = []
  for (const row of rows) {
    const { host, index: at } = hostNumbers.get(row.hostId) ?? {}
    const number = mountNumbers.get(row.mountId)
    const mount = number === undefined ? undefined : mounts[number]
    // Written between the two reads; the next change brings it.
    if (host === undefined || at === undefined || number === undefined || mount === undefined) continue
    const known = row.observedProblem === null ? {} : knownOf(mount, effectiveMount(mount, row.overrides))
    const { message, explanation } = explainedRow(row, known)
    const drift = driftOf({ ...row, mount })
    if (drift) drifts.push([at, number, drift.kind, texts.placeOf(drift.message)])
    const status = statusOnHost(factsOf(row, mount, host, drift?.kind ?? null))
    cells.push([
      at,
      number,
      STATE_NUMBERS.get(row.observedState) ?? 0,
      isRemoval(row, mount) ? 2 : row.desiredState === 'mounted' ? 1 : 0,
      row.observedSince === null ? null : Math.floor(row.observedSince.getTime() / 1000),
      message === null ? null : texts.placeOf(message),
      explanation === null ? null : texts.placeOf(explanation.advice),
      STATUS_NUMBERS.get(status) ?? 0,
    ])
  }
  return {
    hosts: hosts.map((row) => ({
      id: row.id,
      name: row.name,
      status: row.observedStatus,
      labels: labelsOf(row.labels),
      observed_at: row.observedAt?.toISOString() ?? null,
    })),
    mounts: mounts.map((row) => ({
      id: row.id,
      name: row.name,
      type: row.backend.driver,
      backend: { id: row.backend.id, name: row.backend.name },
      mount_point: row.mountPoint,
      removing: row.deletedAt !== null,
    })),
    states: [...MATRIX_STATES],
    statuses: [...MATRIX_STATUSES],
    texts: texts.all,
    cells,
    drifts,
  }
}
