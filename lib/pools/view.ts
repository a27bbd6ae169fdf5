import { z } from 'zod'
import { ForeignContent, LibvirtSecret } from '@/lib/agent-protocol/pools'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { HoldfastError } from '@/lib/errors'
import { labelsOf } from '@/lib/mounts/targets'
import { type PoolEngine, storedEngine, unknownTypeProblem } from '@/lib/pools/engine'
import type { Counts, PoolOnHostRecord, PoolRecord } from '@/lib/pools/repository'
import type { ForeignView, PoolMetrics, PoolOnHostView, PoolView } from '@/lib/pools/schema'
import { capacityOf, hasLeft, phaseOnHost, poolPhase } from '@/lib/pools/state'
import type { VolumeAct } from '@/lib/volume-engines/contract/descriptor'

/** As the host told it. */
export const StoredForeign = z.object({ count: z.int(), items: z.array(ForeignContent) })

interface WithEngine {
  name: string
  backend: { driver: string; config?: unknown }
  settings: unknown
}

/** For whoever works in the pool. Throws `conflict` with the cure where its settings cannot be read. */
export function engineOfPool(pool: WithEngine): PoolEngine {
  const found = storedEngineOfPool(pool)
  if (found.problem !== null) throw new HoldfastError('conflict', `Pool '${pool.name}': ${found.problem}`)
  return found
}

/** To change the pool itself. Throws `conflict` with the cure for one of a type that this version does not know. */
export function storedEngineOfPool({ name, backend, settings }: WithEngine): PoolEngine {
  const found = storedEngine(backend, settings)
  if (found === null) throw new HoldfastError('conflict', `Pool '${name}': ${unknownTypeProblem(backend.driver)}`)
  return found
}

function number(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}

export function sharingWord(sharing: PoolEngine['sharing']): PoolView['sharing'] {
  return sharing === 'one host' ? 'one_host' : sharing
}

/** Of a type that this version does not know, a pool that has a keeper is shared. */
export function sharingOf({ backend, settings, keeperId }: PoolRecord): PoolEngine['sharing'] {
  return storedEngine(backend, settings)?.sharing ?? (keeperId === null ? 'own' : 'shared')
}

export function poolView(row: PoolRecord, counts: Counts): PoolView {
  const engine = storedEngine(row.backend, row.settings)
  const problem = engine === null ? unknownTypeProblem(row.backend.driver) : engine.problem
  const sharing = sharingOf(row)
  const isUnreadable = problem !== null && row.deletedAt === null
  const rows = row.hosts.map((host) => ({ ...host, groundError: groundOf(row, host)?.observedError ?? null }))
  const here = rows.filter((host) => row.deletedAt !== null || !hasLeft(host))
  const hosts = here.map((host) => hostView(row, host))
  const capacity = capacityOf(here, sharing, row.keeperId)
  const total = number(capacity.totalBytes)
  const provisioned = Number(counts.provisioned)
  const keeper = row.hosts.find(({ hostId }) => hostId === row.keeperId)
  return {
    id: row.id,
    name: row.name,
    backend_id: row.backend.id,
    backend_name: row.backend.name,
    type: row.backend.driver,
    source: row.backend.source,
    engine: engine?.id ?? null,
    sharing: sharingWord(sharing),
    phase: isUnreadable ? 'ERROR' : poolPhase(rows, row.deletedAt !== null),
    error:
      problem ??
      hosts.find(({ phase }) => phase === 'ERROR')?.error ??
      hosts.find(({ error }) => error !== null)?.error ??
      null,
    targets: row.targets,
    target_labels: labelsOf(row.targetLabels),
    hosts,
    settings: engine?.settings ?? {},
    maintenance: row.maintenance,
    overcommit_limit: row.overcommitLimit,
    max_volume_bytes: number(row.maxVolumeBytes),
    trash_days: row.trashDays,
    total_bytes: total,
    used_bytes: number(capacity.usedBytes),
    available_bytes: number(capacity.availableBytes),
    provisioned_bytes: provisioned,
    overcommit: total === null || total === 0 ? null : provisioned / total,
    volume_count: counts.living,
    trashed_count: counts.trashed,
    foreign_count: foreignCount(here),
    template_count: engine !== null && templatesPathOf(engine) === null ? 0 : templateCountOf({ hosts: here }),
    mount_id: row.mountId,
    mount_path: row.mount?.mountPoint ?? null,
    keeper: sharing === 'own' || !keeper ? null : { id: keeper.hostId, name: keeper.host.name },
    can: engine === null ? CAN_NOTHING : canOf(engine),
    generation: row.generation,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

/** Under which names the API speaks of what an engine may refuse. */
const ACT_WORDS: Record<VolumeAct, string> = {
  clone: 'clone',
  snapshot: 'snapshot',
  restore: 'restore',
  flatten: 'flatten',
  grow: 'resize',
}

const CAN_NOTHING: PoolView['can'] = { formats: [], provisionings: [], granule_bytes: 1, refuses: {} }

function canOf({ engine, settings }: PoolEngine): PoolView['can'] {
  const provisionings = engine.provisionings(settings as never)
  const shape = { format: usualFormat({ engine, settings }), provisioning: provisionings[0] ?? 'thin' }
  const refuses = Object.entries(ACT_WORDS).flatMap(([act, word]) => {
    const reason = engine.refuses(act as VolumeAct, shape, settings as never)
    return reason === null ? [] : [[word, reason]]
  })
  return {
    formats: [...engine.formats],
    provisionings: [...provisionings],
    granule_bytes: engine.granule(settings as never),
    refuses: Object.fromEntries(refuses),
  }
}

/** Of a new volume for which none is asked. */
export function usualFormat({ engine, settings }: Pick<PoolEngine, 'engine' | 'settings'>): 'qcow2' | 'raw' {
  const wanted = settings.default_format
  return engine.formats.find((format) => format === wanted) ?? engine.formats[0] ?? 'raw'
}

/** What is known of a pool on a host, for the words of a problem that was told without its values. */
export function knownOf({ backend, mount, name }: PoolRecord): ProblemValues {
  const path = mount === null ? {} : { path: mount.mountPoint }
  return { endpoint: backend.source, ...plainValues(backend.config), ...path, pool: name }
}

/** The mount or the connection below a pool on a host, where that is what is wrong. */
function groundOf({ mount, backend }: PoolRecord, row: PoolOnHostRecord) {
  if (row.desired === 'closed' || row.observedError !== null) return null
  return (mount ?? backend).hosts.find(({ hostId }) => hostId === row.hostId) ?? null
}

function hostView(pool: PoolRecord, row: PoolOnHostRecord & { groundError: string | null }): PoolOnHostView {
  const told = groundOf(pool, row) ?? row
  const { message, explanation } = explainedRow(told, knownOf(pool))
  return {
    host_id: row.hostId,
    host_name: row.host.name,
    phase: phaseOnHost(row),
    error: row.host.revokedAt === null ? message : 'The host was revoked.',
    problem: told.observedProblem,
    explanation,
    total_bytes: number(row.totalBytes),
    used_bytes: number(row.usedBytes),
    available_bytes: number(row.availableBytes),
    data_percent: row.dataPercent,
    metadata_percent: row.metadataPercent,
    total_inodes: number(row.totalInodes),
    used_inodes: number(row.usedInodes),
    capacity_at: row.capacityAt?.toISOString() ?? null,
    libvirt_secret: LibvirtSecret.safeParse(row.libvirtSecret).data ?? null,
    observed_at: row.observedAt?.toISOString() ?? null,
    since: row.observedSince?.toISOString() ?? null,
    attempts: row.attempts,
    next_attempt_at: row.nextAttemptAt?.toISOString() ?? null,
  }
}

function foreignCount(rows: readonly PoolOnHostRecord[]): number | null {
  const told = rows.flatMap(({ foreign }) => StoredForeign.safeParse(foreign).data?.count ?? [])
  return told.length === 0 ? null : told.reduce((all, count) => all + count, 0)
}

/** The folder of templates, below the pool; null: it has no files. */
export function templatesPathOf({ settings }: Pick<PoolEngine, 'settings'>): string | null {
  return typeof settings.templates_path === 'string' ? settings.templates_path : null
}

/** Null: no host has told of any. */
export function templateCountOf({ hosts }: { hosts: readonly PoolOnHostRecord[] }): number | null {
  const told = hosts.flatMap(({ templateCount }) => templateCount ?? [])
  return told.length === 0 ? null : told.reduce((all, count) => all + count, 0)
}

/** What lies in the pool that Holdfast did not make, as far as hosts have named it. */
export function foreignOf(row: PoolRecord): ForeignView[] {
  return row.hosts.flatMap(({ hostId, host, foreign }) =>
    (StoredForeign.safeParse(foreign).data?.items ?? []).map((item) => ({
      ...item,
      host_id: hostId,
      host_name: host.name,
      is_image: item.kind === 'volume' || (item.kind === 'file' && item.format !== null),
    })),
  )
}

export function metricsOf(
  view: PoolView,
  { allocatedBytes, snapshots }: { allocatedBytes: bigint | null; snapshots: number },
): Omit<PoolMetrics, 'history'> {
  return {
    pool_id: view.id,
    total_bytes: view.total_bytes,
    used_bytes: view.used_bytes,
    available_bytes: view.available_bytes,
    provisioned_bytes: view.provisioned_bytes,
    overcommit: view.overcommit,
    volume_count: view.volume_count,
    trashed_count: view.trashed_count,
    allocated_bytes: number(allocatedBytes),
    snapshot_count: snapshots,
    hosts: view.hosts.map((host) => ({
      host_id: host.host_id,
      host_name: host.host_name,
      total_bytes: host.total_bytes,
      used_bytes: host.used_bytes,
      available_bytes: host.available_bytes,
      data_percent: host.data_percent,
      metadata_percent: host.metadata_percent,
      total_inodes: host.total_inodes,
      used_inodes: host.used_inodes,
      capacity_at: host.capacity_at,
    })),
  }
}
