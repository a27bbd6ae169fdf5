import { byFullness } from '@/lib/backends/host-usage'
import type { BackendRecord, ConnectionRecord } from '@/lib/backends/repository'
import type { BackendView, ConnectionView } from '@/lib/backends/schema'
import type { SecretRecord } from '@/lib/backends/secret-repository'
import { publicConfig } from '@/lib/drivers/input'
import type { ProblemValues } from '@/lib/drivers/problems/definition'
import { explainedRow, plainValues } from '@/lib/drivers/problems/view'
import { type AnyDescriptor, driverById, isDriverId } from '@/lib/drivers/registry'
import { type SentWords, stillSaid } from '@/lib/drivers/sent-words'
import { secretKeys } from '@/lib/drivers/settings'
import { isAway } from '@/lib/mounts/state'

type SecretStates = BackendView['secrets']

const NOTHING: BackendView['secrets'][string] = { has_secret: false, fingerprint: null, updated_at: null }

function secretStates(descriptor: AnyDescriptor | undefined, secrets: readonly SecretRecord[]): SecretStates {
  const states: SecretStates = {}
  for (const key of descriptor ? secretKeys(descriptor) : []) states[key] = NOTHING
  for (const { field, fingerprint, updatedAt } of secrets) {
    states[field] = { has_secret: true, fingerprint, updated_at: updatedAt.toISOString() }
  }
  return states
}

/** Bytes beyond 2^53 lose their last digits here, as in every JSON client. */
function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value)
}

export interface HostUsageRecord {
  hostId: string
  hostName: string
  usage: unknown
}

/** One line per host, fullest first: of several directories on one host the fullest. */
function hostStats(rows: readonly HostUsageRecord[]): NonNullable<BackendView['stats']['hosts']> {
  const ofHost = Map.groupBy(byFullness(rows), ({ hostId }) => hostId)
  return [...ofHost.values()].flatMap(([row]) => {
    if (row === undefined) return []
    const { hostId, hostName, usage } = row
    return [
      {
        host_id: hostId,
        host_name: hostName,
        used_bytes: usage.usedBytes,
        total_bytes: usage.totalBytes,
        available_bytes: usage.availableBytes,
        file_count: usage.fileCount,
        total_inodes: usage.inodes?.total ?? null,
        used_inodes: usage.inodes?.used ?? null,
        as_of: usage.asOf ?? null,
      },
    ]
  })
}

function connectionView(row: ConnectionRecord, known: ProblemValues): ConnectionView {
  const { message, explanation } = explainedRow(row, known)
  return {
    host_id: row.hostId,
    host_name: row.host.name,
    desired: row.desired,
    state: isAway(row.host, row.observedAt) ? 'unknown' : row.observedState,
    since: row.observedSince?.toISOString() ?? null,
    problem: row.observedProblem,
    message,
    advice: explanation?.advice ?? null,
    explanation,
    summary: row.summary,
    details: (row.details as ConnectionView['details'] | null) ?? {},
  }
}

/** Is it to be open on hosts that are all away? Then nothing is known of it now. */
export function isUnheard(connections: readonly Pick<ConnectionView, 'desired' | 'state'>[]): boolean {
  const wanted = connections.filter(({ desired }) => desired === 'connected')
  return wanted.length > 0 && wanted.every(({ state }) => state === 'unknown')
}

type Status = Pick<BackendView, 'status' | 'status_at' | 'status_error' | 'status_explanation'>

/** What is stored, as far as hosts can tell it. */
function statusOf(row: BackendRecord, known: ProblemValues, connections: readonly ConnectionView[]): Status {
  const { message, explanation } = explainedRow(row, known)
  const stored: Status = {
    status: row.observedStatus,
    status_at: row.observedAt?.toISOString() ?? null,
    status_error: row.observedOn === null || message === null ? message : `On ${row.observedOn}: ${message}`,
    status_explanation: explanation,
  }
  return isUnheard(connections)
    ? { ...stored, status: 'unknown', status_error: null, status_explanation: null }
    : stored
}

function publicUrlOf(descriptor: AnyDescriptor | undefined, stored: Record<string, unknown>): string | null {
  const config = descriptor?.publicUrl === undefined ? undefined : descriptor.config.safeParse(stored).data
  return config === undefined ? null : (descriptor?.publicUrl?.(config) ?? null)
}

/** A type that this version does not know (any more) is shown without its config: nobody can tell what in it is secret. */
export function backendView(
  row: BackendRecord,
  secrets: readonly SecretRecord[],
  counts: { mounts: number; templates: number | null },
  connections: readonly ConnectionRecord[] = [],
  hosts?: readonly HostUsageRecord[],
): BackendView {
  const descriptor = isDriverId(row.driver) ? driverById(row.driver) : undefined
  const known = plainValues(row.config)
  const config = row.config as Record<string, unknown>
  const words: SentWords = row.sentWords === null ? { config: {} } : stillSaid(row.sentWords, row.driver, config)
  const shown = connections.map((connection) => connectionView(connection, known))
  return {
    id: row.id,
    name: row.name,
    type: words.type ?? row.driver,
    driver: row.driver,
    source: row.source,
    ...statusOf(row, known, shown),
    public_url: publicUrlOf(descriptor, config),
    config: descriptor ? { ...publicConfig(row.driver, config), ...words.config } : {},
    secrets: secretStates(descriptor, secrets),
    stats: {
      used_bytes: numberOf(row.usedBytes),
      total_bytes: numberOf(row.totalBytes),
      available_bytes: numberOf(row.availableBytes),
      file_count: numberOf(row.fileCount),
      total_inodes: numberOf(row.totalInodes),
      used_inodes: numberOf(row.usedInodes),
      ...(row.inodesOn === null ? {} : { inodes_host_name: row.inodesOn }),
      template_count: descriptor?.volumes?.engine === 'image-files' ? counts.templates : 0,
      as_of: row.usageAt?.toISOString() ?? null,
      ...(row.usageOn === null ? {} : { host_name: row.usageOn }),
      ...(hosts === undefined ? {} : { hosts: hostStats(hosts) }),
    },
    capabilities: descriptor ? [...descriptor.capabilities] : [],
    mount_count: counts.mounts,
    connections: shown,
    last_test_at: row.lastTestAt?.toISOString() ?? null,
    last_test_operation: row.lastTestOperation,
    generation: row.generation,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  }
}
