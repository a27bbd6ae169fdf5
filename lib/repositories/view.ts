import { backendStatus } from '@/lib/backends/words'
import * as driverRegistry from '@/lib/drivers/registry'
import type { MountRecord } from '@/lib/mounts/repository'
import type { MountOnHostView } from '@/lib/mounts/schema'
import { wordOnHost } from '@/lib/mounts/state'
import { labelsOf } from '@/lib/mounts/targets'
import { mountView } from '@/lib/mounts/view'
import { isHeld, leaseState, lostAt } from '@/lib/repositories/lease-state'
import { isTooFull, percentOf } from '@/lib/repositories/policy'
import type { LeaseRecord, RepositoryRecord } from '@/lib/repositories/repository'
import type {
  LeaseView,
  RepositoryOnHostView,
  RepositoryStatus,
  RepositoryView,
  StorageInfo,
} from '@/lib/repositories/schema'
import { placeStatus } from '@/lib/repositories/state'

function number(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}

/** Leases that are held now. */
export function heldLeases({ leases }: Pick<RepositoryRecord, 'leases'>, now = new Date()): LeaseRecord[] {
  return leases.filter((lease) => isHeld(lease, now))
}

export function reservedOf(leases: readonly LeaseRecord[]): bigint {
  return leases.reduce((sum, { reservedBytes }) => sum + (reservedBytes ?? 0n), 0n)
}

export function storageInfo(row: RepositoryRecord): StorageInfo {
  const { totalBytes, usedBytes, availableBytes, usageAt } = row.backend
  return {
    total_size_bytes: number(totalBytes),
    used_size_bytes: number(usedBytes),
    available_size_bytes: number(availableBytes),
    used_percent: percentOf(row.backend),
    reserved_bytes: Number(reservedOf(heldLeases(row))),
    last_check_at: usageAt?.toISOString() ?? null,
  }
}

/** `mount`: its own, null where it has none. */
export function repositoryView(row: RepositoryRecord, mount: MountRecord | null): RepositoryView {
  const { backend } = row
  const shown = mount === null ? null : mountView(mount)
  const hosts = shown === null ? hostsWithout(row) : shown.hosts.map(hostView)
  const place = placeStatus(
    shown === null ? [backend.observedStatus === 'online' ? 'healthy' : toneOf(row)] : hosts.map(({ tone }) => tone),
  )
  const tooFull = isTooFull(row, backend)
  const status: RepositoryStatus = !row.enabled ? 'disabled' : place !== 'ready' ? place : tooFull ? 'full' : 'ready'
  return {
    ...storageInfo(row),
    id: row.id,
    name: row.name,
    backend_id: backend.id,
    backend_name: backend.name,
    repository_type: backend.driver,
    source: backend.source,
    status,
    error: errorOf(row, status, hosts),
    takes_backups: row.enabled && !tooFull && (place === 'ready' || place === 'degraded'),
    enabled: row.enabled,
    full:
      row.fullSince === null
        ? null
        : {
            since: row.fullSince.toISOString(),
            percent: row.fullPercent,
            allowed_at: row.fullAllowedAt?.toISOString() ?? null,
          },
    disable_at_percent: row.disableAtPercent,
    enable_below_percent: row.enableBelowPercent,
    targets: row.targets,
    target_labels: labelsOf(row.targetLabels),
    hosts,
    mount_id: row.mountId,
    mount_path: mount?.mountPoint ?? null,
    lease_count: heldLeases(row).length,
    generation: row.generation,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}

function toneOf({ backend }: RepositoryRecord) {
  return backendStatus(backend.observedStatus).tone
}

function hostView(host: MountOnHostView): RepositoryOnHostView {
  const { tone, word } = wordOnHost(host)
  const { host_id, host_name, error, advice } = host
  return { host_id, host_name, tone, word, error, advice }
}

/** Where nothing is mounted, hosts have nothing to show. */
function hostsWithout({ hosts }: RepositoryRecord): RepositoryOnHostView[] {
  return hosts.map(({ hostId, host }) => ({
    host_id: hostId,
    host_name: host.name,
    tone: 'off',
    word: 'Without a mount',
    error: null,
    advice: null,
  }))
}

function errorOf(
  { backend, mountId, disableAtPercent }: RepositoryRecord,
  status: RepositoryStatus,
  hosts: readonly RepositoryOnHostView[],
): string | null {
  if (status === 'full')
    return `It takes no new backups: ${percentOf(backend) ?? disableAtPercent} % of it are in use, and it stops at ${disableAtPercent} %.`
  if (status !== 'error' && status !== 'degraded') return null
  if (mountId === null) return backend.observedError
  const bad = hosts.find(({ error }) => error !== null) ?? hosts.find(({ tone }) => tone !== 'healthy')
  return bad === undefined ? null : `${bad.host_name}: ${bad.error ?? bad.word}`
}

/** What a mount or nothing means here: null where its type cannot hold backups, with the reason. */
export function refusalOf(driver: string): string | null {
  if (!driverRegistry.isDriverId(driver)) return 'This version does not know its storage type.'
  const { title, access, readOnly, capabilities } = driverRegistry.driverById(driver)
  if (readOnly) return `${title} can only be read.`
  if (access === 'block') return `${title} has volumes, and no place for files: choose a disk, NFS, SMB or S3.`
  return access === 'object' || capabilities.includes('mount') ? null : `${title} cannot be mounted.`
}

export function leaseView(lease: LeaseRecord, now = new Date()): LeaseView {
  return {
    id: lease.id,
    repository_id: lease.repositoryId,
    program: lease.program,
    job: lease.job,
    host_id: lease.hostId,
    host_name: lease.host?.name ?? null,
    started_by: lease.startedBy,
    state: leaseState(lease, now),
    reserved_bytes: number(lease.reservedBytes),
    heartbeat_seconds: lease.heartbeatSeconds,
    started_at: lease.startedAt.toISOString(),
    heartbeat_at: lease.heartbeatAt.toISOString(),
    ends_at: (lease.endedAt ?? lostAt(lease)).toISOString(),
    note: lease.note,
  }
}
